import { accountOf, createAccount, createLogin, loadAccounts, Sessions } from '@spillway/example-catalogue';

describe('login', () => {
  const login = createLogin(loadAccounts());

  it('lets in who knows the password, in any spelling of the name', async () => {
    await expect(login({ user: ' Ada', password: 'lovelace' })).resolves.toBe('ada');
  });

  it.each([
    ['a wrong password', { user: 'ada', password: 'Lovelace' }],
    ['a user that nobody is', { user: 'charles', password: '' }],
  ])('refuses %s, with the same words', async (_case, body) => {
    await expect(login(body)).rejects.toMatchObject({ status: 401, message: 'User or password is wrong.' });
  });

  it.each([
    undefined,
    null,
    'ada',
    {},
    { user: 'ada' },
    { user: {}, password: 'x' },
    { user: 'ada', password: 'x'.repeat(257) },
  ])('refuses %j before it costs anything', async (body) => {
    await expect(login(body)).rejects.toMatchObject({ status: 400 });
  });

  it('knows an account that was just made, whose password is not in it', async () => {
    const account = await createAccount('edsger', 'goto');
    expect(JSON.stringify(account)).not.toContain('goto');
    await expect(createLogin([account])({ user: 'edsger', password: 'goto' })).resolves.toBe('edsger');
  });
});

describe('accountOf', () => {
  it('has one spelling for one account', () => {
    expect(['ada', ' ADA ', 'Ada\t'].map((user) => accountOf({ user }))).toEqual(['ada', 'ada', 'ada']);
  });

  it('is bounded, and empty where there is no name', () => {
    expect(accountOf({ user: 'x'.repeat(1e6) })).toHaveLength(64);
    expect([undefined, null, {}, { user: 7 }].map(accountOf)).toEqual(['', '', '', '']);
  });
});

describe('sessions', () => {
  it('know a user by token, until it ends', () => {
    let time = 0;
    const sessions = new Sessions({ ttlMs: 1000, now: () => time });
    const field = `Bearer ${sessions.open('ada')}`;
    expect(sessions.userOf(field)).toBe('ada');
    time = 999;
    expect(sessions.userOf(field)).toBe('ada');
    time = 1000;
    expect(() => sessions.userOf(field)).toThrow(expect.objectContaining({ status: 401 }));
  });

  it('end the oldest where there are too many', () => {
    const sessions = new Sessions({ maxSessions: 2 });
    const [first, second, third] = ['a', 'b', 'c'].map((user) => `Bearer ${sessions.open(user)}`);
    expect(() => sessions.userOf(first)).toThrow();
    expect([second, third].map((field) => sessions.userOf(field))).toEqual(['b', 'c']);
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic YWRh', 'Bearer unknown'])(
    'refuse %j and ask for a token',
    (field) => {
      expect(() => new Sessions().userOf(field)).toThrow(
        expect.objectContaining({ status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }),
      );
    },
  );
});
