import { redirect } from '@sveltejs/kit';
import { readLedger } from '#lib/ledgers/list.ts';

export async function load({ params, parent, url, untrack }) {
  const { ledgers } = await parent();
  const known = ledgers.find(({ id, personal }) =>
    params.ledger === undefined ? personal : id === params.ledger,
  );
  const ledger = known ?? (await readLedger(params.ledger ?? ''));
  if (params.ledger && ledger.personal) {
    // one's own ledger has one address, the short one
    const { pathname, search } = untrack(() => url);
    redirect(307, (pathname.slice(params.ledger.length + 1) || '/') + search);
  }
  return { ledger };
}
