import type { components } from './schema.ts';

// The one place that knows how the generated schema calls things.
type Schemas = components['schemas'];

export type User = Schemas['User'];
export type SessionAnswer = Schemas['SignedIn'];
/** With codes beyond the server's: what never reached it is a problem too. */
export type Problem = Omit<Schemas['Problem'], 'code'> & { code: string };
export type DeviceSession = Schemas['Session'];
export type Category = Schemas['Category'];
export type Change = Schemas['Change'];
export type Split = Schemas['Split'];
export type Ledger = Schemas['Ledger'];
export type LedgerMember = Schemas['LedgerMember'];
