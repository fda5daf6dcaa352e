/**
 * Runs before the first paint: the chosen theme, and a hidden page while texts in a language other
 * than the prerendered one are a moment away. Its hash is part of the content security policy.
 */
export const FIRST_PAINT = `(function(){var d=document.documentElement,p={};
try{p=JSON.parse(localStorage.getItem('consumo.preferences')||'{}')}catch(e){}
var dark=p.theme==='dark'||(p.theme!=='light'&&matchMedia('(prefers-color-scheme: dark)').matches);
d.dataset.theme=dark?'dark':'light';
var l=p.locale||(navigator.languages||[]).find(function(x){return/^(en|es)\\b/.test(x)})||'en';
if(/^es/.test(l)){d.dataset.pending='';setTimeout(function(){delete d.dataset.pending},3000)}})();`;
