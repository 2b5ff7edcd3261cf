import type { Category, Change, Ledger, LedgerMember, Split } from '#lib/api/types.ts';
import type { Book } from '#lib/expenses/book.ts';
import { draftOf } from '#lib/expenses/draft.ts';
import type { Expense } from '#lib/expenses/types.ts';
import { differences as expenseDifferences, draftText } from '#lib/expenses/wording.ts';
import type { Difference } from '#lib/expenses/wording.ts';
import type { Invite } from '#lib/members/invites.ts';
import { roleName } from '#lib/members/words.ts';
import { splitDraft } from '#lib/sharing/sharing.ts';
import { splitText } from '#lib/sharing/words.ts';
import { m } from '#lib/paraglide/messages.js';
import { stateOf } from './states.ts';

/** Who did it; things that happen by themselves have nobody. */
export function actorName(book: Book, { actor }: Pick<Change, 'actor'>): string {
  return nameOf(book, actor) ?? m.expenses_history_nobody();
}

/** Who did what, in one sentence. */
export function sentence(book: Book, change: Change): string {
  const who = actorName(book, change);
  const what = thing(book, change);
  if (change.reverts !== null) return m.activity_took_back({ who, what });
  return (
    memberSentence(change, who, what) ??
    archiveSentence(change, who, what) ??
    verbs[change.action]({ who, what })
  );
}

/** Who did the same to many things at a stroke, in one sentence. */
export function runSentence(book: Book, changes: readonly Change[]): string {
  const [change] = changes;
  if (!change) return '';
  const { length: count } = changes;
  const what = {
    expense: m.activity_expenses,
    category: m.activity_categories,
    member: m.activity_people,
    ledger: m.activity_things,
    invite: m.activity_invitations,
  }[change.entity]({ count });
  return verbs[change.action]({ who: actorName(book, change), what });
}

const verbs = {
  create: m.activity_created,
  update: m.activity_changed,
  delete: m.activity_deleted,
  restore: m.activity_restored,
};

/** What a taking back has done, in one sentence. */
export function undoneText(book: Book, action: readonly Change[]): string {
  const [change] = action;
  if (!change) return m.activity_nothing();
  if (action.length > 1) return m.activity_undone_many({ count: action.length });
  const what = thing(book, change);
  if (change.action === 'create') return m.activity_undone_created({ what });
  return change.action === 'delete'
    ? m.activity_undone_deleted({ what })
    : m.activity_undone_changed({ what });
}

/** What a change made different, field by field. */
export function differences(book: Book, change: Change): Difference[] {
  const { entity, before, after } = change;
  if (!before || !after) return [];
  if (entity === 'expense') return expenseDifferences(book, change);
  const [was, is]: [unknown, unknown] = [before, after];
  if (entity === 'category') return categoryDifferences(book, was as Category, is as Category);
  if (entity === 'member') return memberDifferences(was as LedgerMember, is as LedgerMember);
  if (entity !== 'ledger') return [];
  const [old, now] = [was as Ledger, is as Ledger];
  return [...nameDifference(old, now), ...splitDifference(book, old, now)];
}

function nameOf(book: Book, id: string | null): string | undefined {
  return book.members.find((member) => member.id === id)?.name;
}

/** What a change is about, by its name at that time. */
function thing(book: Book, change: Change): string {
  const state: unknown = stateOf(change) ?? change.after ?? change.before;
  if (change.entity === 'expense') {
    const expense = state as Expense;
    const amount = draftText(book, draftOf(expense), 'amount');
    return m.activity_expense({ payee: expense.payee, amount });
  }
  if (change.entity === 'category') return m.activity_category({ name: (state as Category).name });
  if (change.entity === 'member') return (state as LedgerMember).name;
  if (change.entity === 'ledger') return m.activity_ledger({ name: (state as Ledger).name });
  const name = nameOf(book, (state as Invite).member_id);
  return name ? m.activity_invite_of({ name }) : m.activity_invite();
}

/** People come and go in words of their own. */
function memberSentence(change: Change, who: string, name: string): string | undefined {
  if (change.entity !== 'member') return undefined;
  const was = change.before as unknown as LedgerMember | null;
  const is = change.after as unknown as LedgerMember | null;
  const self = change.actor === change.entity_id;
  if (is?.user_id && !was?.user_id) return m.activity_joined({ who: name });
  const goes = !is || (is.archived_at && !was?.archived_at);
  if (goes) return self ? m.activity_left({ who }) : m.activity_removed({ who, what: name });
  if (was?.archived_at && !is.archived_at) {
    return self ? m.activity_joined({ who }) : m.activity_restored({ who, what: name });
  }
  return undefined;
}

function archiveSentence(change: Change, who: string, what: string): string | undefined {
  const [was, is] = [change.before, change.after].map(
    (state) => state as { archived_at?: string | null } | null,
  );
  if (change.entity === 'member' || !was || !is) return undefined;
  if (Boolean(was.archived_at) === Boolean(is.archived_at)) return undefined;
  return is.archived_at ? m.activity_archived({ who, what }) : m.activity_unarchived({ who, what });
}

function nameDifference(was: { name: string }, is: { name: string }): Difference[] {
  if (was.name === is.name) return [];
  return [{ name: m.members_name(), before: was.name, after: is.name }];
}

function splitDifference(
  book: Book,
  was: { default_split?: Split | null },
  is: { default_split?: Split | null },
): Difference[] {
  const text = ({ default_split }: { default_split?: Split | null }) =>
    default_split
      ? splitText(book, splitDraft(default_split, hundred), hundred)
      : m.sharing_default_none();
  const [before, after] = [text(was), text(is)];
  return before === after ? [] : [{ name: m.activity_default_split(), before, after }];
}

/** What a split is told by that holds for any amount. */
const hundred = { amount: 10_000, currency: 'EUR', refund: false };

function categoryDifferences(book: Book, was: Category, is: Category): Difference[] {
  const parent = ({ parent_id }: Category) =>
    book.categories.find(({ id }) => id === parent_id)?.name ?? m.categories_no_parent();
  const found = nameDifference(was, is);
  if ((was.parent_id ?? null) !== (is.parent_id ?? null)) {
    found.push({ name: m.categories_parent(), before: parent(was), after: parent(is) });
  }
  const look = ({ icon, color }: Category) => [icon, color].filter(Boolean).join(' ') || '–';
  if (look(was) !== look(is)) {
    found.push({ name: m.categories_look(), before: look(was), after: look(is) });
  }
  return [...found, ...splitDifference(book, was, is)];
}

function memberDifferences(was: LedgerMember, is: LedgerMember): Difference[] {
  const found = nameDifference(was, is);
  if (was.role !== is.role) {
    found.push({ name: m.members_role(), before: roleName(was.role), after: roleName(is.role) });
  }
  if (was.weight !== is.weight) {
    const [before, after] = [String(was.weight), String(is.weight)];
    found.push({ name: m.members_weight(), before, after });
  }
  return found;
}
