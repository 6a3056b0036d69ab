"""Write every case's explanation and every command's output anew."""

from tests.golden import cases, explanation_for
from tests.golden.commands import command_cases, output_of

for case in cases():
    (case / "explanation.txt").write_text(explanation_for(case), encoding="utf-8")
    print(case.name)
for case in command_cases():
    (case / "output.txt").write_text(output_of(case), encoding="utf-8")
    print(case.name)
