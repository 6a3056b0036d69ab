"""The commonest small words of each language that shares its script with others.

Written by hand: articles, pronouns, prepositions, conjunctions and auxiliary verbs, about
forty to sixty a language, chosen so that kin (Czech and Slovak, Danish and Norwegian,
Indonesian and Malay) differ in several of them. Lower case, split at apostrophes as
`detection` splits text. Serbian stands in both of its scripts.
"""

from __future__ import annotations

LATIN: dict[str, str] = {
    "en": """the of and to in a is that it was for on are as with his they at be this from have
        or by had not but what were we when your can there an which their if will how about up
        them then these so some would into has more who its been she he than our also could""",
    "de": """der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als
        auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über
        einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde wenn kann""",
    "fr": """de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se
        ce il sont avec son aux d l qu n c s cette ou mais elle ont été nous vous comme leur on
        être ses fait même aussi tout sa entre deux""",
    "es": """de la que el en y a los se del las un por con no una su para es al lo como más o
        pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue
        había era muy hasta desde está mi porque sólo han yo hay quien donde""",
    "it": """di che è la il un a per in una non sono si da con del i le della l al dei ha gli
        nel come più alla anche delle ma lo se dell o su questo ci d ed all dal degli nella
        dalla suo sua stato essere hanno loro ad fra tra cui quando""",
    "pt": """de a o que e do da em um para com não uma os no se na por mais as dos como mas ao
        ele das à seu sua ou quando muito nos já eu também só pelo pela até isso ela entre
        depois sem mesmo aos seus quem nas me esse eles você foi são está pode""",
    "nl": """de het een van en in is dat op te zijn voor met die niet aan er om ook als maar bij
        door naar uit over worden dan nog hij wordt heeft werd deze tot hun meer ze of wel zich
        geen wij kan zou al veel onder toen hebben ons""",
    "sv": """och i att det som en på är av för med till den har de inte om ett han men var jag
        sig från vi så kan man när år säger hon under också efter eller nu sin där vid mot ska
        skulle kommer ut får finns vara hade alla andra mycket än här då sedan över bara blir""",
    "da": """og i at det er en til af på for med den som har de der ikke et om men han var sig
        fra vi så kan når år siger hun under også efter eller nu sin hvor ved mod skal skulle ud
        få være havde blev bliver meget end her da over kun af jeg mere noget nogle""",
    "nb": """og i å det er en til av på for med den som har de ikke et om men han var seg fra vi
        så kan når år sier hun under også etter eller nå sin hvor ved mot skal skulle ut få være
        hadde ble blir mye enn her da over bare jeg mer noe noen dem fikk opp""",
    "nn": """og i å det er ein til av på for med den som har dei ikkje eit om men han var seg
        frå vi så kan når år seier ho under også etter eller no sin kvar ved mot skal skulle ut
        få vere hadde vart blir mykje enn her då over berre eg meir noko nokon ei vore kva
        korleis sidan""",
    "fi": """ja on ei että se oli hän joka ovat mutta ole myös kun kuin sen niin tai jos mukaan
        ollut siitä jo vain voi joita tämä olisi ne sekä vielä hänen jotka mitä kanssa nyt sitä
        kaikki ovat eivät jälkeen vuoden tämän sitten koska kuitenkin olla minä jälkeen enemmän""",
    "is": """og að í á er sem til við um ekki það en var með fyrir af hann þetta því hún frá eru
        hafa hefur þá þess verið eða upp verður ég sér þar svo eftir voru þeim einnig þeir hafi
        úr sé þegar hans segir hér yfir þeirra vera mjög síðan""",
    "et": """ja on ei et see oli kui ka ta aga mis seda oma või kes nii selle siis kuid veel
        välja ning mida juba pole ma nende tema üle olid ole kõik olema aasta pärast võib kus
        ainult peab sest tuleb vaid väga mitte olnud enam""",
    "lv": """un ir ka no ar par uz tas to bet arī kas nav tā pēc kā vai kad viņš būs bija lai
        gan vēl jau ja pie tikai savu šo tiek kā tie līdz tika viņa viņi ļoti kur mēs nebija var
        šī šis gada pirms ko būt vairāk""",
    "lt": """ir kad į su yra tai iš bet kaip apie už dėl jau tik ar o po jis dar buvo savo nuo
        metų pat kas labai ne tačiau jo bus čia būti gali jų vis jei prie todėl jos arba kur per
        jie šis taip pagal""",
    "pl": """w i na z się do nie że to jest o a po jak za od są dla co przez przy tym ale ze
        jego już tylko oraz tego jako był było może być które który która także jeszcze więc ich
        tak pod bardzo ma ten jej między przed gdy""",
    "cs": """a v se na je že s z do o i to ve k pro za by ale jako od po který které která jsou
        si tak byl bylo podle jeho jsem při už nebo až ho aby však také než jen bude před má co
        když není mezi být jejich ještě byla""",
    "sk": """a v sa na je že s z do o i to vo k pre za by ale ako od po ktorý ktoré ktorá sú si
        tak bol bolo podľa jeho som pri už alebo až ho aby však aj než len bude pred má čo keď
        nie medzi byť ich ešte bola tiež iba""",
    "sl": """in v je na da se za so ki z pa tudi ne s po od kot bi do pri ali o ter še bil bilo
        ga že jih kako samo ni iz smo če bo med lahko ko kjer bila tem sem svoje zaradi vse več
        njegov zato kar""",
    "hr": """i u je na se da su za od s a o koji koja koje će kako što ne te iz bi do kao samo
        ali nije ili po bio bilo prema sve više uz ga smo nakon još bila ako tako kad godine
        tijekom tko zbog između već također gdje prije uvijek treba vrijeme dvije""",
    "bs": """i u je na se da su za od s sa a o koji koja koje će kako što šta ne te iz bi do kao
        samo ali nije ili po bio bilo prema sve više uz ga smo nakon još bila ako tako kada
        godine tokom ko zbog između već također gdje prije uvijek treba vrijeme dvije""",
    "sr-Latn": """i u je na se da su za od sa a o koji koja koje će kako što šta ne te iz bi do
        kao samo ali nije ili po bio bilo prema sve više uz ga smo nakon još bila ako tako kada
        godine tokom ko zbog između već takođe gde pre uvek treba vreme dve""",
    "ro": """de și a în la cu o un nu este pe că din care să mai al fost pentru ce se au sau dar
        au am cele lui ale prin după fi sunt între acest această poate când însă ai ori despre
        până foarte era sa său doar""",
    "hu": """a az és hogy nem is egy ez de meg csak volt már még ha mint el mert vagy ki azt fel
        kell van lehet le minden ezt után szerint pedig kell majd nagyon ami aki sem más itt be
        azonban között több lesz voltak ezek amely""",
    "tr": """ve bir bu da için de ile olarak çok daha en gibi olan kadar sonra ama ne var her
        değil oldu göre o ki ancak olduğu mi yeni ise olduğunu ya hem veya içinde kendi iki önce
        diye arasında büyük yok ben nasıl şey üzerinde tarafından bunu çünkü bile birlikte bunun
        dedi etti karşı son ilk nın nin ın ye ya un ün dan den""",
    "az": """və bir bu da üçün də ilə olan olaraq çox daha ən kimi qədər sonra amma nə var hər
        deyil görə o ki isə olduğu yeni ya həm öz iki əvvəl arasında böyük yox mən necə edir
        bütün onun bunu etmək edib olub lakin""",
    "uz": """va bir bu uchun bilan ham deb edi bo lgan esa emas har kerak o shu yil ular ning
        qilish boshqa kabi yoki lekin eng ko p bor yo q haqida mumkin qanday juda keyin unda
        hozir bilan orqali ushbu hamda etish""",
    "sq": """e të në i dhe për një me që nga u më ka se është do nuk si por ai kjo ky edhe kur
        kanë ishte janë duke ose pas tij saj mund ku deri kështu shumë këtë tyre atë pa jo vetëm""",
    "vi": """và của là có được cho trong một các với không những này đã người để khi đến về từ
        cũng như sẽ ở tại vào năm nhiều ra còn theo phải đó đang nhưng trên thì bị sau nên hơn""",
    "id": """yang dan di dengan untuk pada dari ini dalam tidak itu akan ke adalah juga tersebut
        oleh sebagai karena bisa atau saat ada mereka lebih telah dapat menjadi sudah kami tahun
        bahwa kata saya seperti hanya harus secara namun ketika banyak setelah serta kepada bagi
        agar sedangkan usai jika tak selama hal sejak antara apa""",
    "ms": """yang dan di dengan untuk pada dari ini dalam tidak itu akan ke adalah juga tersebut
        oleh sebagai kerana boleh atau apabila ada mereka lebih telah dapat menjadi sudah kami
        tahun bahawa kata saya seperti hanya perlu secara namun ketika ramai selepas serta
        daripada bagi kepada beliau ialah iaitu manakala mahu sahaja pula tiada jika sejak
        antara apa""",
    "fil": """ang ng sa na mga at ay ni si para kung hindi ito siya nang may pa lang din rin ko
        niya kanyang isang naman ako mo ka kaya o upang ayon wala kay pero dahil mula iyon nila
        sila ba po lamang noong bilang pang""",
    "sw": """na ya wa kwa ni katika la za kuwa hii cha huo hiyo yake kama lakini baada pia sana
        watu wake hilo yao hayo wao mwaka hivyo ambao ambayo bado moja yangu alisema mtu kila
        hapo hizi huyo huu zaidi ili au""",
    "af": """die van en in is het dat om te nie vir op met was aan hy by sy wat n as ook sal uit
        daar hulle kan wees maar ons word oor deur tot of na meer se haar hierdie toe baie moet
        egter nou ek nog jaar""",
    "zu": """ukuthi futhi noma kodwa lapho uma ngoba nge ngokuthi lo le lokhu kanye nokuthi
        khona yokuthi ukuze kakhulu ngesikhathi abantu wathi kusho into manje njengoba nje emva
        lakhe kwakhe kule yini ukuba leli laba kuyo lesi kanti ku ngo kwe yena bonke abanye
        yakhe uthe sekuyisikhathi ngemuva mayelana zonke""",
    "xh": """ukuba kwaye okanye kodwa xa kuba ukuze le lo oku kunye into kakhulu ngexesha abantu
        wathi utsho ngoku nje emva lakhe kule phi eli aba kuyo esi yokuba ngokuba kwakhona uthi
        loo lwaye ngenxa apho zonke wakhe ku kwi ngo kwe yi yena bonke abanye yakhe ukusuka
        phakathi""",
    "ca": """de la i el que a en les els per un l d una amb és del no al s es com més o ha va
        són però dels aquest aquesta pel seva seu també ser hi ho fins entre quan molt ja perquè
        sobre als han on tot sense""",
    "eu": """eta da ez bat du dira ere dute zen baina edo izan behar egin dela hori duen ditu
        den bere zuen hau beste egiten baino arte duela oso gero baita dituzte zuten baten
        bezala nahi ziren izango gure honetan""",
    "gl": """de a o que e do da en un unha para con non os no se na por máis as dos como pero ao
        el das á súa seu ou cando moi nos xa tamén só polo pola ata isto ela entre despois sen
        mesmo aos seus foi son está pode unhas""",
    "ga": """an na agus ar a i go le is do sé tá bhí ag ní ach mar sin de as don ón faoi nó chun
        atá siad leis air seo nach gur aige raibh sí mé é sna san bhfuil eile fós maidir acu""",
    "cy": """yn y i a o ar yr ac am bod ei er oedd mae i r n wedi gan fod eu hyn ond hefyd sydd
        nad mewn roedd at wrth gyda fel bydd iawn dim un na cael nid o sy gall hynny eich""",
    "lb": """de d an den vun ass net zu ze mat op et dat fir sech eng en huet och awer si bei
        als gëtt sinn om no wou dës duerch nach mir ginn datt wéi hat kann aus méi e dass säi
        kee elo virun ier""",
}

CYRILLIC: dict[str, str] = {
    "ru": """и в не на что с он как это по но к из у за от так о для же все было его был только
        бы мне еще ещё или если уже их при это может были чем также она они когда которые
        который после была этом году до нет этого""",
    "uk": """і в не на що з він як це по але до із у за від так про для же все було його був
        тільки би та й або якщо вже їх при може були ніж також вона вони коли які який після
        була цьому році є цього під та""",
    "be": """і ў не на што з ён як гэта па але да у за ад так пра для ж усё было яго быў толькі
        бы ці калі ўжо іх пры можа былі таксама яна яны якія які пасля была гэтым годзе ёсць
        гэтага аб каб дзе""",
    "bg": """и в не на че с той как това по но към от за до да е се са ще при което който които
        беше или ако вече им може също тя те когато след през още като само има със един една
        бъде било няма тази този""",
    "mk": """и во не на дека со тој како ова по но кон од за до да е се ќе при кое кој кои беше
        или ако веќе им може исто таа тие кога после низ уште како само има еден една биде било
        нема оваа овој сите""",
    "sr-Cyrl": """и у не на да са он како ово по али од за до је се су ће при које који која био
        или ако већ им може такође она они када после кроз још као само има један једна бити
        било нема што из би""",
    "kk": """және бұл мен үшін деп да де бір осы ол бойынша болып болған еді емес әр керек сол
        жыл олар басқа сияқты немесе бірақ ең көп бар жоқ туралы мүмкін қалай өте кейін қазір
        арқылы""",
    "mn": """нь байна энэ гэж юм болон бол хүн тэр ч байгаа байсан гэсэн дээр бөгөөд хийж өөр
        мөн буюу харин хамгийн олон болох тухай их дараа одоо болсон ба нэг""",
}

ARABIC: dict[str, str] = {
    "ar": """في من على أن إلى عن التي الذي هذا هذه ما لا مع كان قد كما بعد قبل أو ذلك وقد ولا كل
        بين إن لم حيث خلال كانت أي هو هي عند غير وهو تم عام""",
    "fa": """و در به از که این را با است برای آن یک خود تا کرد بر هم نیز شده می بود ما شد پس یا
        هر اما کند دارد باید های ها نمی کرده شود آنها بین سال""",
    "ur": """کے کی میں ہے اور سے کا کو اس نے کہ یہ ہیں پر بھی نہیں ایک تھا گیا ہو جو کر وہ ان
        لیے تھے تو کیا ہی بعد تک رہا رہے ساتھ تھی اپنے""",
}

DEVANAGARI: dict[str, str] = {
    "hi": """के में की है और से का को पर ने कि यह हैं भी नहीं एक था इस गया हो जो कर वह उन लिए थे
        तो ही बाद तक रहा रहे साथ थी अपने या वे""",
    "mr": """आणि आहे या व च हे तो ते ही असे नाही होते एक त्या आहेत होता केले मध्ये साठी पण की
        म्हणून झाले तर त्यांच्या करून असून होती त्यांनी येथे किंवा""",
    "ne": """र छ को मा ले पनि हो भने गरेको यो एक लागि छन् थियो नै गर्न भएको तर बाट हुने गर्ने
        त्यो भन्ने का की उनले रहेको हुन् गरी सँग वा""",
}

# Letters that few of the languages above have, and which; one says half as much as a word.
LETTERS: dict[str, str] = {
    "ß": "de",
    "ğ": "tr az",
    "ı": "tr az",
    "ş": "tr az",
    "ə": "az",
    "å": "sv da nb nn",
    "ø": "da nb nn",
    "æ": "da nb nn is",
    "ä": "de fi sv et sk lb",
    "ö": "de fi sv et tr hu az is",
    "ü": "de tr hu et az",
    "ő": "hu",
    "ű": "hu",
    "ř": "cs",
    "ě": "cs",
    "ů": "cs",
    "ľ": "sk",
    "ĺ": "sk",
    "ŕ": "sk",
    "č": "cs sk sl hr bs sr-Latn lv lt",
    "š": "cs sk sl hr bs sr-Latn lv lt",
    "ž": "cs sk sl hr bs sr-Latn lv lt",
    "đ": "vi hr bs sr-Latn",
    "ć": "hr bs sr-Latn pl",
    "ł": "pl",
    "ą": "pl lt",
    "ę": "pl lt",
    "ś": "pl",
    "ż": "pl",
    "ń": "pl",
    "ė": "lt",
    "ų": "lt",
    "į": "lt",
    "ū": "lt lv",
    "ā": "lv",
    "ē": "lv",
    "ī": "lv",
    "ņ": "lv",
    "ļ": "lv",
    "õ": "et pt",
    "ð": "is",
    "þ": "is",
    "ț": "ro",
    "ș": "ro",
    "ă": "ro vi",
    "ñ": "es gl",
    "ã": "pt",
    "ç": "fr pt tr ca sq az",
    "œ": "fr",
    "ë": "sq lb",
    "ơ": "vi",
    "ư": "vi",
    "ŵ": "cy",
    "ŷ": "cy",
    "ы": "ru be kk mn",
    "э": "ru be mn",
    "ё": "ru be",
    "і": "uk be kk",
    "ї": "uk",
    "є": "uk",
    "ґ": "uk",
    "ў": "be",
    "ъ": "bg",
    "щ": "ru uk bg",
    "ј": "sr-Cyrl mk",
    "љ": "sr-Cyrl mk",
    "њ": "sr-Cyrl mk",
    "ђ": "sr-Cyrl",
    "ћ": "sr-Cyrl",
    "ѓ": "mk",
    "ќ": "mk",
    "ѕ": "mk",
    "ә": "kk",
    "қ": "kk",
    "ғ": "kk",
    "ң": "kk",
    "ө": "kk mn",
    "ү": "kk mn",
    "گ": "fa ur",
    "چ": "fa ur",
    "پ": "fa ur",
    "ژ": "fa",
    "ٹ": "ur",
    "ڈ": "ur",
    "ڑ": "ur",
    "ں": "ur",
    "ے": "ur",
    "ہ": "ur",
    "ھ": "ur",
    "ة": "ar",
    "ى": "ar",
    "إ": "ar",
    "ळ": "mr",
}
