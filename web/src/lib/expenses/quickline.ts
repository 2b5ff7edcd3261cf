import { currencies } from '#lib/money/currency.ts';
import { parseAmount } from '#lib/money/parse.ts';
import { categoryNamed, plain } from './categories.ts';
import { dateOfWord, dateOfWords } from './quickdate.ts';
import type { Category, LedgerMember } from './types.ts';

/** What one line says; what it does not say is missing. */
export interface QuickLine {
  income: boolean;
  /** As typed, arithmetic and all. */
  amount?: string;
  currency?: string;
  payee?: string;
  category?: Category;
  tags: string[];
  spent_on?: string;
  members: LedgerMember[];
}

export interface QuickContext {
  /** The ledger's currency. */
  currency: string;
  today: string;
  categories: readonly Category[];
  members: readonly LedgerMember[];
}

const symbols: Record<string, string> = {
  '€': 'EUR',
  $: 'USD',
  '£': 'GBP',
  '¥': 'JPY',
  '₹': 'INR',
  '₺': 'TRY',
  '₽': 'RUB',
  '₩': 'KRW',
  '₴': 'UAH',
  zł: 'PLN',
  kč: 'CZK',
  kr: 'SEK',
  fr: 'CHF',
};
// where a sign stands for several currencies, the ledger's own is meant
const shared: Record<string, string> = {
  $: 'AUD CAD NZD SGD HKD MXN',
  kr: 'NOK DKK ISK',
  '¥': 'CNY',
};
/** Codes that are read in lower case too; others are words: `all`, `top`, `try`. */
const spoken = new Set(
  'eur usd gbp chf jpy sek nok dkk pln czk huf cad aud nzd cny inr'.split(' '),
);

/** Reads `12.50 lunch @Ben #food yesterday`: an amount, a date, tags or a category, members; the rest is the payee. */
export function readQuickLine(line: string, context: QuickContext): QuickLine {
  const words = line.trim().split(/\s+/).filter(Boolean);
  const result: QuickLine = { income: false, tags: [], members: [] };
  takeSign(words, result);
  takeMarks(words, result, context);
  takeDate(words, result, context.today);
  takeAmount(words, result, context);
  if (words.length > 0) result.payee = words.join(' ');
  return result;
}

function takeSign(words: string[], result: QuickLine) {
  const [first] = words;
  if (!first?.startsWith('+')) return;
  result.income = true;
  if (first === '+') words.shift();
  else words[0] = first.slice(1);
}

/** Takes out what begins with `#` or `@`; an `@` that nobody is called by stays. */
function takeMarks(words: string[], result: QuickLine, { categories, members }: QuickContext) {
  const rest = words.splice(0).filter((word) => {
    const name = word.slice(1).replace(/[,;]+$/, '');
    if (name === '') return true;
    if (word.startsWith('#')) {
      const category = result.category ? undefined : categoryNamed(categories, name);
      if (category) result.category = category;
      else result.tags.push(name);
      return false;
    }
    const called = word.startsWith('@') && members.find((member) => isCalled(member, name));
    if (!called) return true;
    result.members.push(called);
    return false;
  });
  words.push(...rest);
}

function isCalled(member: LedgerMember, name: string): boolean {
  if (member.archived_at) return false;
  const wanted = plain(name);
  return (
    wanted !== '' && [member.name, ...member.name.split(/\s+/)].some((own) => plain(own) === wanted)
  );
}

function takeDate(words: string[], result: QuickLine, today: string) {
  for (let at = 0; at < words.length; at += 1) {
    // a short name of a day means one at the end only: `Sun Cafe` is a payee
    const last = at === words.length - 1 && at > 0;
    const one = dateOfWord(words[at] ?? '', today, last);
    const two =
      one ?? (at > 0 ? dateOfWords(words[at] ?? '', words[at + 1] ?? '', today) : undefined);
    if (two === undefined) continue;
    const before = /^(on|last|am|letzten?|letzter)$/i.test(words[at - 1] ?? '') ? 1 : 0;
    words.splice(at - before, before + (one === undefined ? 2 : 1));
    result.spent_on = two;
    return;
  }
}

/** Takes the first number with its arithmetic, and the currency before, behind or on it. */
function takeAmount(words: string[], result: QuickLine, context: QuickContext) {
  for (let at = 0; at < words.length; at += 1) {
    const split = splitCurrency(words[at] ?? '', context.currency);
    if (!/^[-−(.,\d]/.test(split.amount)) continue;
    let [amount, end] = [split.amount, at + 1];
    // `12.50 + 3`: blanks around an operator belong to it
    while (
      end < words.length &&
      (/[-+*×/÷−(]$/.test(amount) || /^[-+*×/÷−]/.test(words[end] ?? ''))
    ) {
      amount += words[end] ?? '';
      end += 1;
    }
    if (parseAmount(amount, split.currency ?? context.currency).amount === undefined) continue;
    result.amount = amount;
    const behind = split.currency ?? currencyOf(words[end], context.currency);
    const before = behind ?? (at > 0 ? currencyOf(words[at - 1], context.currency) : undefined);
    const from = before !== undefined && behind === undefined ? at - 1 : at;
    const to = behind !== undefined && split.currency === undefined ? end + 1 : end;
    if (before !== undefined) result.currency = before;
    words.splice(from, to - from);
    return;
  }
}

/** `€12`, `12€`, `12USD`. */
function splitCurrency(word: string, own: string): { amount: string; currency?: string } {
  const match = /^(\p{Sc}|\p{L}{2,3})?([-−+*×/÷().,'’\d]*\d[)]?)(\p{Sc}|\p{L}{2,3})?$/u.exec(word);
  const sign = match?.[1] ?? match?.[3];
  if (!match || !sign) return { amount: word };
  const currency = currencyOf(sign, own, true);
  return currency === undefined ? { amount: word } : { amount: match[2] ?? '', currency };
}

function currencyOf(word: string | undefined, own: string, attached = false): string | undefined {
  if (!word) return undefined;
  const symbol = symbols[word.toLowerCase()];
  if (symbol) return shared[word.toLowerCase()]?.includes(own) ? own : symbol;
  const code = word.toUpperCase();
  const written = word === code || attached || spoken.has(word);
  return written && currencies.includes(code) ? code : undefined;
}
