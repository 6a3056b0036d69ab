/** A site's own build of Prebid.js: one bidder, which is a Prebid Server, and what it needs. */
import pbjs from "prebid.js";
import "prebid.js/modules/prebidServerBidAdapter";
import "prebid.js/modules/consentManagementTcf";
import "prebid.js/modules/tcfControl";
import "prebid.js/modules/priceFloors";

pbjs.processQueue();
