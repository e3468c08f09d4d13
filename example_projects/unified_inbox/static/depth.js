/* Remembers how far down a page was read. */
addEventListener("scroll", () => {
  const depth = Math.round((100 * scrollY) / document.documentElement.scrollHeight);
  document.cookie = `inbox_depth=${depth}; Max-Age=2592000; Path=/; SameSite=Lax`;
}, { passive: true });
