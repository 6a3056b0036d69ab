"""Write every case's explanation anew."""

from tests.golden import cases, explanation_for

for case in cases():
    (case / "explanation.txt").write_text(explanation_for(case), encoding="utf-8")
    print(case.name)
