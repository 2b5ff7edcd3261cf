/** Written by hand after the HTTP contract until server/openapi.json is there; `npm run generate:api` replaces it. */
export interface paths {
  '/api/v1/auth/register': { post: operations['register'] };
  '/api/v1/auth/login': { post: operations['login'] };
  '/api/v1/auth/refresh': { post: operations['refresh'] };
  '/api/v1/auth/logout': { post: operations['logout'] };
  '/api/v1/me': { get: operations['me'] };
}

interface Answer<T> {
  content: { 'application/json': T };
}
interface Refusal {
  content: { 'application/problem+json': components['schemas']['Problem'] };
}
type SessionAnswer = components['schemas']['Session'];

export interface operations {
  register: {
    requestBody: { content: { 'application/json': components['schemas']['Register'] } };
    responses: { 201: Answer<SessionAnswer>; default: Refusal };
  };
  login: {
    requestBody: { content: { 'application/json': components['schemas']['Login'] } };
    responses: { 200: Answer<SessionAnswer>; default: Refusal };
  };
  refresh: { responses: { 200: Answer<SessionAnswer>; default: Refusal } };
  logout: { responses: { 204: { content?: never }; default: Refusal } };
  me: { responses: { 200: Answer<components['schemas']['User']>; default: Refusal } };
}

export interface components {
  schemas: {
    User: {
      id: string;
      email: string;
      name: string;
      locale: string;
      personal_ledger_id: string;
      created_at: string;
      version: number;
    };
    Session: {
      user: components['schemas']['User'];
      access_token: string;
      token_type: string;
      expires_in: number;
    };
    Register: { email: string; password: string; name: string; locale?: string; currency?: string };
    Login: { email: string; password: string };
    Problem: {
      type: string;
      title: string;
      status: number;
      code: string;
      detail?: string;
      field?: string;
      request_id: string;
      current?: unknown;
    };
  };
}
