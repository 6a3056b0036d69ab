"""Short passages of our own, of the length of an article's first paragraphs."""

from __future__ import annotations

PASSAGES: dict[str, str] = {
    "en": """The bakery opens at four in the morning, when the street is still dark and only the
        cats are about. By six there is a queue that reaches the corner, and most of the people
        who stand in it have been coming here since they were children. They say that the bread
        was better before the war, but they would not buy it anywhere else.""",
    "de": """Die Bäckerei öffnet um vier Uhr am Morgen, wenn die Straße noch dunkel ist und nur
        die Katzen unterwegs sind. Um sechs reicht die Schlange bis zur Ecke, und die meisten, die
        dort stehen, kommen schon seit ihrer Kindheit. Sie sagen, das Brot sei früher besser
        gewesen, aber sie würden es nirgends sonst kaufen.""",
    "nl": """De bakkerij gaat om vier uur in de ochtend open, als de straat nog donker is en er
        alleen katten lopen. Om zes uur staat er een rij tot aan de hoek, en de meeste mensen die
        daar wachten komen er al sinds ze kinderen waren. Ze zeggen dat het brood vroeger beter
        was, maar ze zouden het nergens anders kopen.""",
    "af": """Die bakkery maak om vieruur in die oggend oop, wanneer die straat nog donker is en
        net die katte daar rondloop. Teen sesuur staan daar 'n ry tot by die hoek, en die meeste
        mense wat daar wag kom al hierheen sedert hulle kinders was. Hulle sê dat die brood vroeër
        beter was, maar hulle sal dit nie op 'n ander plek koop nie.""",
    "tr": """Fırın sabahın dördünde açılır; sokak o saatte hâlâ karanlıktır ve ortalıkta yalnızca
        kediler vardır. Saat altı olduğunda kuyruk köşeye kadar uzar. Bekleyenlerin çoğu buraya
        çocukluğundan beri gelir. Eskiden ekmeğin daha güzel olduğunu söylerler ama başka bir
        yerden ekmek almayı da hiç düşünmezler. Fırıncı bu
        sözlere her sabah güler ve bir şey demez.""",
    "da": """Bageriet åbner klokken fire om morgenen, når gaden endnu er mørk og kun kattene er
        ude. Klokken seks når køen helt hen til hjørnet, og de fleste af dem, der står i den, er
        kommet her, siden de var børn. De siger, at brødet var bedre før, men de ville ikke købe
        det noget andet sted. Det er noget, man hører af mange i kvarteret.""",
    "nb": """Bakeriet åpner klokken fire om morgenen, når gata fremdeles er mørk og bare kattene
        er ute. Klokken seks rekker køen bort til hjørnet, og de fleste som står i den, har kommet
        hit siden de var barn. De sier at brødet var bedre før, men de ville ikke kjøpt det noe
        annet sted. Det er noe man hører av mange etter en stund.""",
    "nn": """Bakeriet opnar klokka fire om morgonen, når gata framleis er mørk og berre kattane er
        ute. Klokka seks når køen bort til hjørnet, og dei fleste som står i han, har kome hit sidan
        dei var born. Dei seier at brødet var betre før, men dei ville ikkje kjøpt det nokon annan
        stad. Det er noko ein høyrer frå mange, og eg veit ikkje kva eg skal tru.""",
    "hr": """Pekara se otvara u četiri sata ujutro, kad je ulica još mračna i kad su vani samo
        mačke. Oko šest red seže do ugla, a većina ljudi koji u njemu stoje dolazi ovamo otkako su
        bili djeca. Kažu da je kruh prije bio bolji, ali ne bi ga kupili nigdje drugdje. Tko čeka,
        ima vremena za razgovor, što je također dio običaja tijekom cijele godine.""",
    "sr-Latn": """Pekara se otvara u četiri sata ujutru, kada je ulica još mračna i kada su napolju
        samo mačke. Oko šest red doseže do ugla, a većina ljudi koji u njemu stoje dolazi ovde
        otkako su bili deca. Kažu da je hleb pre bio bolji, ali ne bi ga kupili nigde drugde. Ko
        čeka, ima vremena za razgovor, što je takođe deo običaja tokom cele godine.""",
    "sr-Cyrl": """Пекара се отвара у четири сата ујутру, када је улица још мрачна и када су напољу
        само мачке. Око шест ред досеже до угла, а већина људи који у њему стоје долази овде откако
        су били деца. Кажу да је хлеб пре био бољи, али не би га купили нигде другде.""",
    "cs": """Pekárna otvírá ve čtyři hodiny ráno, když je ulice ještě tmavá a venku jsou jen
        kočky. V šest sahá fronta až na roh a většina lidí, kteří v ní stojí, sem chodí od dětství.
        Říkají, že chléb byl dříve lepší, ale nikde jinde by ho nekoupili. Pekař se tomu směje,
        protože to slyší každý den od svého otce, který u pece také ještě pracuje.""",
    "sk": """Pekáreň otvára o štvrtej ráno, keď je ulica ešte tmavá a vonku sú len mačky. O šiestej
        siaha rad až na roh a väčšina ľudí, ktorí v ňom stoja, sem chodí od detstva. Hovoria, že
        chlieb bol kedysi lepší, ale nikde inde by ho nekúpili. Pekár sa na tom smeje, pretože to
        počúva každý deň aj od svojho otca, ktorý pri peci tiež ešte pracuje.""",
    "es": """La panadería abre a las cuatro de la mañana, cuando la calle está todavía oscura y
        solo andan los gatos. A las seis la cola llega hasta la esquina, y casi todos los que están
        en ella vienen desde que eran niños. Dicen que el pan era mejor antes, pero no lo
        comprarían en ningún otro sitio, y el panadero se ríe cuando lo oye.""",
    "pt": """A padaria abre às quatro da manhã, quando a rua ainda está escura e só andam por lá os
        gatos. Às seis a fila chega até à esquina, e quase todos os que nela estão vêm desde que
        eram crianças. Dizem que o pão era melhor antes, mas não o comprariam em nenhum outro
        lugar, e o padeiro ri quando ouve isso, porque também o pai dele já o dizia.""",
    "gl": """A panadaría abre ás catro da mañá, cando a rúa aínda está escura e só andan os gatos.
        Ás seis a cola chega ata a esquina, e case todos os que están nela veñen desde que eran
        nenos. Din que o pan era mellor antes, pero non o mercarían en ningún outro sitio, e o
        panadeiro ri cando o oe, porque tamén seu pai xa o dicía unha e outra vez.""",
    "id": """Toko roti itu buka pukul empat pagi, ketika jalan masih gelap dan hanya ada kucing.
        Pukul enam antrean sudah sampai ke sudut jalan, dan banyak orang yang berdiri di sana sudah
        datang sejak mereka kecil. Mereka bilang bahwa rotinya dulu lebih enak, namun mereka tidak
        bisa membelinya di tempat lain karena tidak ada yang seperti itu.""",
    "ms": """Kedai roti itu dibuka pada pukul empat pagi, ketika jalan masih gelap dan hanya ada
        kucing. Pada pukul enam barisan sudah sampai ke selekoh, dan ramai orang yang berdiri di
        situ sudah datang sejak mereka kecil. Mereka berkata bahawa rotinya dahulu lebih sedap,
        tetapi mereka tidak boleh membelinya di tempat lain kerana tiada yang seperti itu.""",
    "ru": """Пекарня открывается в четыре часа утра, когда на улице ещё темно и ходят только
        кошки. К шести очередь доходит до угла, и почти все, кто в ней стоит, приходят сюда с
        детства. Они говорят, что раньше хлеб был лучше, но в другом месте его бы не купили.""",
    "uk": """Пекарня відчиняється о четвертій ранку, коли на вулиці ще темно і ходять тільки
        коти. До шостої черга сягає рогу, і майже всі, хто в ній стоїть, приходять сюди з
        дитинства. Вони кажуть, що раніше хліб був кращий, але в іншому місці його б не купили.""",
    "bg": """Пекарната отваря в четири часа сутринта, когато улицата е още тъмна и навън са само
        котките. Към шест опашката стига до ъгъла и почти всички, които чакат на нея, идват тук от
        деца. Казват, че преди хлябът е бил по-добър, но не биха го купили на друго място.""",
    "ar": """يفتح المخبز أبوابه في الرابعة صباحا حين يكون الشارع مظلما ولا يمشي فيه إلا القطط. وفي
        السادسة يصل الطابور إلى الزاوية، وأكثر الذين يقفون فيه يأتون إلى هنا منذ كانوا أطفالا.
        يقولون إن الخبز كان أفضل من قبل، لكن أحدا منهم لا يشتريه من مكان آخر.""",
    "fa": """نانوایی ساعت چهار صبح باز می‌شود، وقتی که خیابان هنوز تاریک است و فقط گربه‌ها در آن راه
        می‌روند. ساعت شش صف به سر کوچه می‌رسد و بیشتر کسانی که در آن ایستاده‌اند از کودکی به اینجا
        آمده‌اند. می‌گویند نان پیش از این بهتر بود، اما آن را از جای دیگری نمی‌خرند.""",
    "ur": """بیکری صبح چار بجے کھلتی ہے جب گلی میں ابھی اندھیرا ہوتا ہے اور صرف بلیاں پھرتی ہیں۔ چھ
        بجے قطار نکڑ تک پہنچ جاتی ہے اور اس میں کھڑے اکثر لوگ بچپن سے یہاں آتے ہیں۔ وہ کہتے ہیں کہ
        روٹی پہلے بہتر تھی، لیکن وہ اسے کسی اور جگہ سے نہیں خریدتے۔""",
    "he": """המאפייה נפתחת בארבע בבוקר, כשהרחוב עוד חשוך ורק החתולים מסתובבים בו. בשש התור מגיע עד
        הפינה, ורוב האנשים שעומדים בו באים לכאן מילדות. הם אומרים שהלחם היה טוב יותר פעם, אבל לא
        היו קונים אותו בשום מקום אחר.""",
    "hi": """बेकरी सुबह चार बजे खुलती है, जब गली में अभी अँधेरा
        होता है और सिर्फ़ बिल्लियाँ घूमती हैं। छह बजे तक
        कतार नुक्कड़ तक पहुँच जाती है और उसमें खड़े ज़्यादातर लोग
        बचपन से यहाँ आ रहे हैं। वे कहते हैं कि रोटी
        पहले बेहतर थी, लेकिन वे उसे किसी और जगह से नहीं खरीदते।""",
    "mr": """बेकरी पहाटे चार वाजता उघडते, तेव्हा रस्त्यावर अजून
        अंधार असतो आणि फक्त मांजरे फिरत असतात. सहा वाजता
        रांग कोपऱ्यापर्यंत पोहोचते आणि त्या रांगेत उभे असलेले बहुतेक
        लोक लहानपणापासून येथे येत आहेत. ते म्हणतात
        की पाव पूर्वी अधिक चांगला होता, पण ते तो दुसरीकडे घेत नाहीत.""",
    "ja": """パン屋は朝四時に店を開ける。通りはまだ暗く、
        歩いているのは猫だけだ。六時には角まで列がのび、
        並んでいる人のほとんどは子どものころから通っている。昔のほうがおいしかったと言いながら、
        ほかの店で買おうとはしない。""",
    "ko": """빵집은 새벽 네 시에 문을 연다. 거리는 아직 어둡고
        고양이들만 돌아다닌다. 여섯 시가 되면 줄이 모퉁이까지
        이어지고, 서 있는 사람들은 대부분 어릴 때부터 다녔다. 예전 빵이
        더 맛있었다고 말하면서도 다른 곳에서는
        사지 않는다.""",
    "zh-Hans": """面包店清晨四点开门，那时街上还很黑，只有猫在走动。到了六点，队伍已经排到街角，
        站在那里的人大多从小就来这里买。他们说从前的面包更好吃，却从来没有去别的店里买过，
        师傅听了这话只是笑笑，因为他的父亲当年也听过同样的话。""",
    "zh-Hant": """麵包店清晨四點開門，那時街上還很黑，只有貓在走動。到了六點，隊伍已經排到街角，
        站在那裡的人大多從小就來這裡買。他們說從前的麵包更好吃，卻從來沒有去別的店裡買過，
        師傅聽了這話只是笑笑，因為他的父親當年也聽過同樣的話。""",
}

# What the catalogue calls them; Portuguese without a country is Brazil's.
ENTRIES: dict[str, str] = {name: name for name in PASSAGES} | {"pt": "pt-BR"}
