const { createHash } = require('node:crypto');
const { fieldOf, linesOf } = require('./client');
const { codingsOf } = require('./decode');

// Each looks at one response, and says in few words what is wrong with it.

/** Coded, by one of these where any are named. */
const coded =
  (...wanted) =>
  (response) => {
    const codings = codingsOf(fieldOf(response, 'Content-Encoding'));
    if (codings.length === 0) return 'not coded';
    if (wanted.length === 0) return undefined;
    return codings.length === 1 && wanted.includes(codings[0]) ? undefined : `coded as ${codings}`;
  };

const uncoded = (response) => {
  const codings = codingsOf(fieldOf(response, 'Content-Encoding'));
  return codings.length === 0 ? undefined : `coded as ${codings}`;
};

/** By any coding but these, or not at all. */
const codedByNone =
  (...refused) =>
  (response) => {
    const codings = codingsOf(fieldOf(response, 'Content-Encoding'));
    return codings.some((coding) => refused.includes(coding)) ? `coded as ${codings}` : undefined;
  };

/** Not coded by this filter: what the application says of its own coding stands. */
const codedByApplicationAlone = (response, { answer }) => {
  const [own, field] = [answer.fields['Content-Encoding'], fieldOf(response, 'Content-Encoding')];
  if (String(codingsOf(field)) !== String(codingsOf(own))) return `Content-Encoding ${field}`;
  return response.wire.equals(answer.body.bytes) ? undefined : 'other bytes';
};

/** Fields that arrive line by line as the application set them. */
const kept =
  (...names) =>
  (response, { answer }) => {
    const changed = names.find(
      (name) => String(linesOf(response, name)) !== String([answer.fields[name]].flat()),
    );
    return changed && `${changed}: ${fieldOf(response, changed) ?? 'lost'}`;
  };

const without =
  (...names) =>
  (response) => {
    const found = names.find((name) => fieldOf(response, name) !== undefined);
    return found && `has ${found}`;
  };

const members = (field = '') =>
  field
    .toLowerCase()
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');

const varies = (response) => {
  const named = members(fieldOf(response, 'Vary'));
  return named.includes('accept-encoding') || named.includes('*') ? undefined : 'Vary lacks Accept-Encoding';
};

/** Vary names these, none of them twice. */
const variesBy =
  (...names) =>
  (response) => {
    const field = fieldOf(response, 'Vary');
    const named = members(field);
    const missing = names.find((name) => !named.includes(name));
    if (missing) return `Vary lacks ${missing}`;
    return new Set(named).size === named.length ? undefined : `Vary: ${field}`;
  };

const hasOtherTag = (response, { answer }) => {
  const tag = fieldOf(response, 'ETag');
  return tag === answer.fields.ETag ? `strong ETag ${tag} kept` : undefined;
};

/** Of the response before: the same tag in any case where it is weak, another one where it is strong. */
const sharesNoStrongTag = (response, { earlier }) => {
  const tag = fieldOf(response, 'ETag');
  const shared = tag !== undefined && tag === fieldOf(earlier, 'ETag') && !tag.startsWith('W/');
  return shared ? `strong ETag ${tag} of both` : undefined;
};

const sameTagWeakly = (response, { earlier }) => {
  const [tag, before] = [response, earlier].map((one) => fieldOf(one, 'ETag')?.replace(/^W\//, ''));
  return tag === before ? undefined : `ETag: ${fieldOf(response, 'ETag') ?? 'lost'}`;
};

const sameAsBefore =
  (...names) =>
  (response, { earlier }) => {
    const other = names.find((name) => fieldOf(response, name) !== fieldOf(earlier, name));
    return other && `${other}: ${fieldOf(response, other) ?? 'lost'}`;
  };

/** What a HEAD says is what the GET before it has said; it may say less (RFC 9110, 9.3.2), so a tag may be the weak one. */
const saysNothingElse = (response, { earlier }) => {
  const other = response.fields
    .map(([name]) => name)
    .find((name) => {
      const [said, before] = [String(linesOf(response, name)), String(linesOf(earlier, name))];
      return name !== 'Date' && said !== before && !(name === 'ETag' && said === `W/${before}`);
    });
  return other && `${other}: ${fieldOf(response, other)} of HEAD alone`;
};

const SHA_256 = /sha-256=:?([^:,]+=)/;

/** Digests of the bytes sent, or none. */
const trueDigests =
  (...names) =>
  (response) => {
    const sha256 = createHash('sha256').update(response.wire).digest('base64');
    const untrue = names.find((name) => {
      const field = fieldOf(response, name);
      return field !== undefined && SHA_256.exec(field)?.[1] !== sha256;
    });
    return untrue && `untrue ${untrue}`;
  };

const within = (limitMs) => (response) =>
  response.elapsedMs <= limitMs ? undefined : `${Math.round(response.elapsedMs)} ms`;

/** The client had each part before the application wrote the next. */
const atOnce = (_response, { progress }) => (progress.held ? 'held back' : undefined);

const withoutWarning = (_response, { progress }) => progress.warning;

/** Every callback that was handed to node was called. */
const calledBack = async (_response, { progress }) =>
  (await progress.everyoneCalledBack()) ? undefined : 'a callback not called';

const trailer = (name, value) => (response) =>
  response.trailers[name.toLowerCase()] === value ? undefined : `trailer ${name} lost`;

const toldEarly = (response) => (response.informational > 0 ? undefined : 'no early hints');

module.exports = {
  atOnce,
  calledBack,
  coded,
  codedByApplicationAlone,
  codedByNone,
  hasOtherTag,
  kept,
  sameAsBefore,
  sameTagWeakly,
  saysNothingElse,
  sharesNoStrongTag,
  toldEarly,
  trailer,
  trueDigests,
  uncoded,
  variesBy,
  varies,
  within,
  without,
  withoutWarning,
};
