"use client";
import { useEffect, useState } from "react";

export function Likes() {
  const [likes, like] = useState(0);
  useEffect(() => {
    document.documentElement.dataset.hydrated = "yes";
  }, []);
  return <button onClick={() => like(likes + 1)}>Likes: {likes}</button>;
}
