/** So long an answer is waited for, in milliseconds: then it counts as none. */
const patience = 20_000;

/** Gives a request up where there is no answer to be had, as on a network that only seems to be there. */
export const soon = () => AbortSignal.timeout(patience);
