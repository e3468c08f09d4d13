/* Stands in for the tag of a statistics service, from this site's own address. */
(() => {
  const keep = (name, days) => { document.cookie = `${name}=1; Max-Age=${days * 86400}; Path=/; SameSite=Lax`; };
  keep("_ga", 365);
  keep("_ga_DEMO00001", 365);
  document.documentElement.dataset.visits = window.visited || "nowhere";
})();
