import type { components } from './schema.ts';

// The one place that knows how the generated schema calls things.
type Schemas = components['schemas'];

export type User = Schemas['User'];
export type SessionAnswer = Schemas['Session'];
export type Problem = Schemas['Problem'];
