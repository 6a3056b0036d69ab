# Varnish in front of adweave: woven pages are cached like plain ones, since all readers get the same
# bytes. When adweave is down, pages come from the CMS and are not kept.
vcl 4.1;

import std;

backend adweave {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 2s;
    .probe = {
        .url = "/_adweave/";
        .expected_response = 404;
        .interval = 1s;
        .timeout = 1s;
        .threshold = 1;
        .window = 2;
        .initial = 1;
    }
}
backend cms {
    .host = "127.0.0.1";
    .port = "8080";
}

acl purgers {
    "127.0.0.1";
}

sub vcl_recv {
    set req.backend_hint = adweave;
    if (!std.healthy(req.backend_hint)) {
        set req.backend_hint = cms;
        return (pass);
    }
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    # A new generation of the placements: PURGE by the tag that adweave puts on woven pages, or wait
    # for the pages' own lifetimes.
    if (req.method == "PURGE") {
        if (!client.ip ~ purgers) {
            return (synth(405));
        }
        ban("obj.http.Surrogate-Key ~ " + req.http.Surrogate-Key);
        return (synth(200, "banned"));
    }
}

sub vcl_pipe {
    if (req.http.Upgrade) {
        set bereq.http.Upgrade = req.http.Upgrade;
        set bereq.http.Connection = req.http.Connection;
    }
}
