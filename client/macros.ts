/** Macros of a session as its user writes them: what they stand for is known here, so that outcomes can be counted and lost messages sent again. */
import { encodeClientMessage } from '../shared/codec.ts';
import { JoywireError } from '../shared/errors.ts';
import { type MacroProblem, Macros } from '../shared/macros.ts';
import {
  type ClientMessage,
  type Encoding,
  LIMITS,
  MACRO_NAME,
  type Member,
  type Press,
  type PublishedLimits,
} from '../shared/protocol.ts';
import { clientError } from './errors.ts';
import type { GroupOptions, PressSpec } from './options.ts';
import { groupUnit, pressOf } from './presses.ts';
import { compiledScript } from './script-units.ts';
import type { Unit } from './submission.ts';

/** A macro in a sequence: the presses that were given the name `use`, `times` times (1 to 1024, by default once). */
export interface MacroUse {
  readonly use: string;
  readonly times?: number;
}

/** A macro that was defined. It is a member of a sequence by itself. */
export class Macro implements MacroUse {
  readonly use: string;
  /** How many presses it stands for. */
  readonly size: number;

  /** @internal Use `define` of a client. */
  constructor(name: string, size: number) {
    this.use = name;
    this.size = size;
  }

  /** The macro several times over, as one member of a sequence. */
  repeat(times: number): MacroUse {
    return { use: this.use, times };
  }
}

/** How the gateway is told of a macro. */
export interface Definition {
  readonly message: ClientMessage;
  /** The same without other macros: it does not matter when it is said. */
  readonly plain: ClientMessage;
}

export class MacroBook {
  readonly #limits: PublishedLimits;
  readonly #encoding: Encoding;
  readonly #macros: Macros;

  constructor(limits: PublishedLimits, encoding: Encoding) {
    this.#limits = limits;
    this.#encoding = encoding;
    const {
      maxGroup,
      maxMacros = LIMITS.maxMacros,
      maxMacroPresses: maxPresses = LIMITS.maxMacroPresses,
    } = limits;
    this.#macros = new Macros({ maxGroup, maxMacros, maxPresses });
  }

  /**
   * Takes up a macro. Without a definition the gateway knows no macros, and gets presses instead.
   * @throws JoywireError as `Client.define`
   */
  define(
    name: string,
    presses: string | readonly (PressSpec | MacroUse)[],
  ): { readonly macro: Macro; readonly definition: Definition | undefined } {
    if (!MACRO_NAME.test(name)) {
      throw clientError('invalid_argument', `name: got "${name}"; allowed: 1 to 64 of A-Z a-z 0-9 . _ -`);
    }
    const members = typeof presses === 'string' ? this.#scriptPresses(presses) : this.#members(presses);
    if (members.length === 0) throw clientError('invalid_argument', 'a macro has at least one press');
    const plain = this.#expanded(members);
    const definition: Definition = {
      message: { type: 'define', name, presses: members },
      plain: { type: 'define', name, presses: plain },
    };
    this.#mustFit(definition.plain);
    const problem = this.#macros.define(name, plain);
    if (problem !== undefined) throw macroError(name, problem);
    const known = this.#limits.maxMacros !== undefined;
    return { macro: new Macro(name, plain.length), definition: known ? definition : undefined };
  }

  /**
   * One group of presses and macros.
   * @throws JoywireError as `Client.sequence`, and `unknown_macro`
   */
  group(presses: readonly (PressSpec | MacroUse)[], options: Omit<GroupOptions, 'signal'>): Unit {
    const members = this.#members(presses);
    const plain = this.#expanded(members);
    const written = plain === members || this.#limits.maxMacros === undefined ? plain : members;
    const unit = groupUnit(plain, options, this.#limits, written);
    if (written !== plain) for (const message of unit.plain?.(1) ?? []) this.#mustFit(message);
    return unit;
  }

  /** @throws JoywireError `unknown_macro`, `group_too_large` */
  #expanded(members: readonly Member[]): readonly Press[] {
    const unknown = this.#macros.unknown(members);
    if (unknown !== undefined) {
      throw new JoywireError('unknown_macro', `there is no macro "${unknown}": define it first`);
    }
    const size = this.#macros.size(members);
    const { maxGroup } = this.#limits;
    if (size > maxGroup) {
      throw clientError('group_too_large', `it stands for ${size} presses; allowed: at most ${maxGroup}`);
    }
    return this.#macros.expand(members);
  }

  #members(specs: readonly (PressSpec | MacroUse)[]): readonly Member[] {
    return specs.map((spec) =>
      typeof spec === 'object' && 'use' in spec ? used(spec) : pressOf(spec, this.#limits),
    );
  }

  /** What a script stands for, groups and all: in a group a macro is part of that. */
  #scriptPresses(script: string): readonly Press[] {
    const items = compiledScript(script, this.#limits);
    return items.flatMap((item) => {
      if (item.kind === 'press') return [item.press];
      if (item.guards === undefined) return item.presses;
      throw clientError('invalid_argument', 'a macro has no guards; give them to the group that uses it');
    });
  }

  /** After a break it goes without macros. */
  #mustFit(plain: ClientMessage): void {
    if (encodeClientMessage(plain, this.#encoding).length <= this.#limits.maxMessageBytes) return;
    throw clientError('message_too_big');
  }
}

function used({ use, times = 1 }: MacroUse): Member {
  if (Number.isInteger(times) && times >= 1 && times <= LIMITS.maxMacroTimes) return { use, times };
  throw clientError('invalid_argument', `times: got ${times}; allowed: 1 to ${LIMITS.maxMacroTimes}`);
}

function macroError(name: string, { code, message, allowed }: MacroProblem): JoywireError {
  const right = allowed === undefined ? '' : `; allowed: ${allowed}`;
  return new JoywireError(code, `macro "${name}": ${message}${right}`);
}
