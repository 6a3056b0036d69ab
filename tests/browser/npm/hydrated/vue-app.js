// A site of one page that Vue renders on the server and takes over in the browser. With
// `isLate` the article is an asynchronous component, whose code comes a second later.
import { createSSRApp, defineAsyncComponent, onMounted, ref } from "vue";
import { storyAt } from "./stories.js";

const Article = {
  props: ["story"],
  setup(props) {
    const likes = ref(0);
    onMounted(() => (document.documentElement.dataset.hydrated = "yes"));
    return { likes };
  },
  template: `<article>
    <h1>{{ story.title }}</h1>
    <button @click="likes += 1">Likes: {{ likes }}</button>
    <p v-for="text in story.paragraphs" :key="text">{{ text }}</p>
  </article>`,
};

export function makeApp(path, isLate) {
  const LateArticle = defineAsyncComponent(
    () =>
      new Promise((resolve) =>
        setTimeout(() => resolve(Article), typeof document === "undefined" ? 0 : 1_000),
      ),
  );
  return createSSRApp({
    components: { StoryArticle: isLate ? LateArticle : Article },
    setup() {
      const story = ref(storyAt(path));
      const go = () => {
        const to = story.value.other;
        history.pushState({}, "", to);
        story.value = storyAt(to);
      };
      onMounted(() =>
        addEventListener("popstate", () => (story.value = storyAt(location.pathname))),
      );
      return { story, go };
    },
    template: `<header><a :href="story.other" @click.prevent="go">The other story</a></header>
      <main><StoryArticle :story="story" :key="story.name" /></main>`,
  });
}
