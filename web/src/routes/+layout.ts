// One static page for every address: the app is a client of the API and needs no server of its own.
export const ssr = false;
export const prerender = false;
