const { accepting, answer } = require('../answers');
const { largePieces, TEXT, writes } = require('../bodies');
const { calledBack, withoutWarning } = require('../checks');

const probe = (claim, codings, body, check) => ({
  section: 'node, http.ServerResponse',
  claim,
  on: ['express', 'node'],
  request: accepting(codings),
  answer: answer(body),
  checks: [check],
});

const callingBack = (claim, codings, body, which) =>
  probe(claim, codings, { ...body, [which]: true }, calledBack);

const TWICE = writes(TEXT, TEXT);
const LARGE = writes(...largePieces());

// No RFC, but what node promises to whoever writes.
module.exports = [
  callingBack('the callbacks of coded writes are called', 'gzip', TWICE, 'writesCallBack'),
  callingBack('the callbacks of many coded writes are called', 'br', LARGE, 'writesCallBack'),
  callingBack('the callbacks of uncoded writes are called', 'identity', TWICE, 'writesCallBack'),
  callingBack('the callback of the end of a coded stream is called', 'gzip', TWICE, 'endCallsBack'),
  callingBack('the callback of the end of an uncoded stream is called', 'identity', TWICE, 'endCallsBack'),
  probe('who waits for room again and again piles up no listeners', 'gzip', LARGE, withoutWarning),
];
