const { TEXT, whole } = require('./bodies');

/** What the application says: plain text unless the fields say otherwise. */
const answer = (body, fields, status = 200) => ({
  status,
  fields: { 'Content-Type': 'text/plain; charset=utf-8', ...fields },
  body,
});

/** The answer of most probes: 8 kB of text, given whole. */
const page = (fields, status) => answer(whole(TEXT), fields, status);

const accepting = (codings, fields) => ({ fields: { 'Accept-Encoding': codings, ...fields } });

/** Without Accept-Encoding. */
const plainly = (fields = {}) => ({ fields });

module.exports = { accepting, answer, page, plainly };
