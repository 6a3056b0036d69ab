import Link from "next/link";
import { Likes } from "../../likes";

const SENTENCE =
  "The ferry leaves the old harbour at seven and the crew counts the crates twice before it goes. ";

export function generateStaticParams() {
  return [{ slug: "one" }, { slug: "two" }];
}

export default async function Story({ params }) {
  const { slug } = await params;
  return (
    <main>
      <nav>
        <Link href={slug === "one" ? "/story/two" : "/story/one"}>The other story</Link>
      </nav>
      <article>
        <h1>Story {slug}</h1>
        {Array.from({ length: 14 }, (_, n) => (
          <p key={n}>
            Paragraph {n + 1} of {slug}. {SENTENCE.repeat(5)}
          </p>
        ))}
        <Likes />
      </article>
    </main>
  );
}
