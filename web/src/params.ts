import { defineParams } from '@sveltejs/kit/params';

/** A ledger in an address: `/{its id}/expenses`. Without one the address is about one's own. */
export const params = defineParams({
  ledger: (param) =>
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(param) ? param.toLowerCase() : undefined,
});
