"""What the newspaper prints: one article in each of three languages, written for it.

A body is a list of blocks: ("heading" | "paragraph" | "quote", text) or ("image", its number).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    """An article before it is a page: `slug` below its language, `label` what its slots say."""

    language: str
    slug: str
    title: str
    byline: str
    standfirst: str
    label: str
    body: tuple[tuple[str, str], ...]


ENGLISH = Article(
    language="en",
    slug="the-last-ferry",
    title="The last ferry to Hallow Island",
    byline="Mara Quist",
    standfirst="For ninety years the same boat has crossed the sound. On Friday it goes over once.",
    label="Advertisement",
    body=(
        (
            "paragraph",
            "The boat leaves when the baker has put his bread on board, which is seldom at the "
            "hour that the timetable names. Nobody on the quay minds. The timetable was printed "
            "in the year that the present captain was born, and he has never agreed with it.",
        ),
        (
            "paragraph",
            "On Friday evening he will take the Marigold across the sound one last time. From "
            "Saturday there is the bridge, two kilometres of pale concrete that islanders asked "
            "for in four petitions and now look at as one looks at a guest who has come a day "
            "early.",
        ),
        ("image", "0"),
        (
            "paragraph",
            "The crossing takes twenty-two minutes in fair weather. In that time the post is "
            "sorted on an upturned crate, the schoolchildren copy what they have not learnt, and "
            "the doctor, who comes on Tuesdays, sees her first two patients in the wheelhouse "
            "because it is the only warm place on the boat.",
        ),
        ("heading", "What the bridge brings"),
        (
            "paragraph",
            "The county has counted what it saves: a captain, a deckhand, a new hull every thirty "
            "years, and diesel. It has counted what it gains as well, and expects three times as "
            "many visitors in summer. There is no figure in the report for what is done on the "
            "way over, since nobody was ever paid for it.",
        ),
        (
            "quote",
            "You can drive to an island. You can't arrive at one by car.",
        ),
        (
            "paragraph",
            "So says Ines Holm, who has kept the ferry's books since she could write. She will "
            "stay on for a month to close them, and then move into the ticket office, which the "
            "county has sold to her for the price of its stove. She means to sell coffee there, "
            "to people who stop at the end of the bridge because they do not know where to go "
            "next.",
        ),
        (
            "paragraph",
            "The shopkeeper sees it otherwise. A lorry, he says, does not mind the wind. In "
            "January the shelves have stood empty for nine days together, and it is easy to "
            "praise a boat when one has a full larder. He has ordered a freezer twice the size "
            "of the old one and painted the door.",
        ),
        ("heading", "One more crossing"),
        (
            "paragraph",
            "On Friday the fare is what it was ninety years ago, a coin that is no longer made. "
            "The captain has laid in a bag of them from a dealer in the city, at a price that he "
            "will not tell, so that every passenger can hold one out and have it taken from him "
            "by the same hand as ever.",
        ),
        (
            "paragraph",
            "After that the Marigold goes to the yard at Sande. The captain has been asked to "
            "steer the bridge's maintenance barge and has said that he will think about it. He "
            "has until Monday. It will depend, he says, on whether it has a timetable.",
        ),
    ),
)

GERMAN = Article(
    language="de",
    slug="die-uhr-am-markt",
    title="Die Uhr am Markt geht wieder",
    byline="Jost Behrens",
    standfirst="Elf Jahre stand sie auf zehn nach vier. Nun hat sie ein Lehrling repariert.",
    label="Anzeige",
    body=(
        (
            "paragraph",
            "Wer in Lindenau um zehn nach vier verabredet war, konnte sich elf Jahre lang nicht "
            "verspäten. So spät zeigte es die Uhr am Markt im Sommer wie im Winter, bei Tag und "
            "bei Nacht, und die Lindenauer hatten sich daran gewöhnt wie an einen Nachbarn, der "
            "immer denselben Witz erzählt.",
        ),
        (
            "paragraph",
            "Seit Montag geht sie wieder. Repariert hat sie keine Fachfirma, denn deren Angebot "
            "lag bei vierzigtausend Euro und seither in einer Schublade des Rathauses. Repariert "
            "hat sie Selma Aydin, neunzehn Jahre alt, im zweiten Lehrjahr bei einem Schlosser, "
            "der selbst noch nie eine Uhr geöffnet hat.",
        ),
        ("image", "1"),
        (
            "paragraph",
            "Sie habe zuerst nur wissen wollen, warum das Werk stehe, sagt sie. Drei Abende lang "
            "habe sie auf der Leiter gesessen und Taubennester hinausgetragen. Darunter sei alles "
            "in Ordnung gewesen, bis auf ein einziges Zahnrad, dem vier Zähne fehlten, und einen "
            "Zettel, auf dem jemand vor siebzig Jahren notiert hatte, wie man es ausbaut.",
        ),
        ("heading", "Vier Zähne aus Messing"),
        (
            "paragraph",
            "Das neue Rad hat sie an der Drehbank ihres Meisters gefertigt, beim dritten Versuch. "
            "Die beiden ersten liegen jetzt im Schaufenster der Bäckerei, gleich neben den "
            "Brezeln, und der Bäcker hat schon zweimal erklären müssen, dass sie nicht zu "
            "verkaufen sind.",
        ),
        (
            "quote",
            "Ich wollte nicht die Zeit anhalten. Ich wollte, dass sie weitergeht.",
        ),
        (
            "paragraph",
            "Nicht alle sind zufrieden. Der Wirt am Markt hatte seit Jahren um zehn nach vier das "
            "halbe Bier zum halben Preis ausgeschenkt, den ganzen Tag, wie es die Uhr befahl. "
            "Jetzt, sagt er, müsse er rechnen. Die Stammgäste haben eine Unterschriftenliste "
            "ausgelegt, auf der bisher drei Namen stehen, zwei davon in derselben Handschrift.",
        ),
        (
            "paragraph",
            "Die Stadt will sich erkenntlich zeigen. Im Gespräch sind eine Urkunde, ein Essen mit "
            "der Bürgermeisterin und eine Armbanduhr. Selma Aydin hat um etwas anderes gebeten, "
            "nämlich um den Schlüssel zum Turm der Nikolaikirche. Dort steht die Uhr seit neun "
            "Jahren, und zwar auf Viertel vor zwölf.",
        ),
        ("heading", "Der nächste Turm"),
        (
            "paragraph",
            "Der Pfarrer ist einverstanden, solange die Glocken bleiben, wie sie sind. Er hat ihr "
            "den Schlüssel am Mittwoch gebracht, pünktlich um vier, wie er sagt, und zum ersten "
            "Mal seit langem habe er dafür nicht auf sein Telefon sehen müssen.",
        ),
    ),
)

ARABIC = Article(
    language="ar",
    slug="maktabat-al-mina",
    title="مكتبة الميناء تفتح أبوابها من جديد",
    byline="ليلى الحداد",
    standfirst="أغلقت المكتبة سنوات طويلة، ثم أعادها صيادون يقرؤون في الليل.",
    label="إعلان",
    body=(
        (
            "paragraph",
            "في آخر الرصيف القديم، حيث كانت السفن تفرغ حمولتها من القهوة والقماش، يقف بيت صغير "
            "من الحجر الأبيض. كان الناس يعرفونه باسم مكتبة الميناء، ثم نسوا الاسم حين أغلقت "
            "الأبواب وغطى الغبار الرفوف. واليوم عاد الضوء إلى نوافذه كل مساء.",
        ),
        (
            "paragraph",
            "بدأت الحكاية مع ثلاثة صيادين كانوا ينتظرون هدوء البحر. قال أحدهم إن الانتظار أثقل "
            "من الشباك، وإن كتابا واحدا يكفي ليلة كاملة. فذهبوا إلى البلدية وطلبوا المفتاح، ولم "
            "يكن أحد يعرف أين هو، حتى وجدوه معلقا في دكان الحلاق منذ زمن بعيد.",
        ),
        ("image", "2"),
        (
            "paragraph",
            "عمل الصيادون في المكتبة طوال الشتاء. أصلحوا السقف بأخشاب قارب لم يعد يصلح للبحر، "
            "وغسلوا الأرض بماء الورد لأن رائحة الرطوبة لا تفارق الورق. أما الكتب التي أفسدها "
            "الماء فقد نسخوها بأيديهم، صفحة بعد صفحة، وطلبوا من أطفال المدرسة أن يراجعوا الخط.",
        ),
        ("heading", "قراء الليل"),
        (
            "paragraph",
            "تفتح المكتبة بعد صلاة العشاء وتغلق عند الفجر، فالنهار عند أهل الميناء للعمل. يجلس "
            "القراء حول طاولة طويلة صنعت من باب قديم، ويشربون الشاي، ولا يتكلم أحد إلا ليسأل عن "
            "كلمة صعبة. وحين تهب الريح يرفعون رؤوسهم جميعا لحظة واحدة ثم يعودون إلى القراءة.",
        ),
        (
            "quote",
            "البحر يعلمنا الصبر، والكتاب يعلمنا ماذا نفعل به.",
        ),
        (
            "paragraph",
            "هذا ما يقوله أبو سالم، أكبر الصيادين سنا، وقد تعلم القراءة في الستين من عمره. كتب "
            "في الشهر الماضي أول قصة له، وهي عن قارب يرفض أن يعود إلى الميناء قبل أن يعرف نهاية "
            "الحكاية. علقها أصحابه على الجدار بجانب جدول المد والجزر.",
        ),
        (
            "paragraph",
            "لا تملك المكتبة مالا كثيرا. يدفع كل زائر سمكة واحدة أو ما يعادلها، ويأخذ الكتاب إلى "
            "بيته أسبوعا. وتقول أمينة المكتبة، وهي معلمة متقاعدة، إن كتابا واحدا فقط لم يرجع في "
            "هذا العام، وإن صاحبه اعتذر برسالة طويلة أجمل من الكتاب نفسه.",
        ),
        ("heading", "رف للمسافرين"),
        (
            "paragraph",
            "في الصيف القادم سيكون هناك رف للمسافرين. سيضع فيه البحارة كتبا بلغات بلادهم ويأخذون "
            "غيرها، فتدور الكتب مع السفن من ميناء إلى ميناء. وقد وصل أولها قبل أيام من بحار لا "
            "يعرف العربية، ومعه ورقة رسم عليها بيتا أبيض وشمسا صغيرة فوق البحر.",
        ),
    ),
)

ARTICLES = (ENGLISH, GERMAN, ARABIC)

LETTER_TITLES = {"en": "Letters", "de": "Leserbriefe", "ar": "رسائل القراء"}
FRONT_TITLES = {"en": "The Harbour Light", "de": "Das Hafenlicht", "ar": "ضوء الميناء"}
