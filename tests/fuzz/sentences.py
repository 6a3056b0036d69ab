"""Our own sentences, in many scripts: what the pages of the fuzzer are filled with."""

from __future__ import annotations

# Long enough together to make an article in any of these scripts.
SENTENCES = (
    "The ferry left before the tide had made up its mind, and the captain did not look back.",
    "On the quay a donkey, two crates of lemons and the postmaster waited for the next one.",
    "Vapur sabah yedide kalktı; rıhtımda bekleyenler çayını bitirmeden ada gözden kayboldu.",
    "Die Fähre fuhr früh, und auf dem Kai blieben Körbe, Kisten und ein sehr geduldiger Esel.",
    "غادرت العبارة الميناء قبل المد، وبقي على الرصيف حمار صبور وصندوقان من الليمون وساعي البريد.",
    "המעבורת יצאה לפני הגאות, ועל הרציף נשארו חמור אחד, שני ארגזי לימונים ודוור עייף מאוד.",
    "連絡船は潮が満ちる前に出て行き、桟橋には辛抱強い驢馬と檸檬の箱が二つ残された。",
    "渡轮在涨潮之前离开了港口，码头上只剩下一头很有耐心的驴子和两箱柠檬。",
    "Паром ушёл до прилива, а на причале остались терпеливый осёл и два ящика лимонов.",
    "เรือข้ามฟากออกก่อนน้ำขึ้น บนท่าเรือเหลือเพียงลาที่อดทนหนึ่งตัวกับมะนาวสองลัง",
    "Το πλοίο έφυγε πριν από την παλίρροια και στην αποβάθρα έμεινε ένας υπομονετικός γάιδαρος.",
    "연락선은 밀물이 들기 전에 떠났고 부두에는 참을성 많은 당나귀와 레몬 두 상자가 남았다.",
)
