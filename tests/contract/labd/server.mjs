// An independent commerce API on loopback for the contract tests: strict, with authentication, and a log.
//
// Prints {"port": N} on its first line and serves until its standard input ends, so that it never outlives
// the tests that started it. Besides the API it answers:
//   GET    /_control/log    every request so far: method, path, body, status
//   DELETE /_control/log    forget them
import { CommercetoolsMock } from "@labdigital/commercetools-mock";

const mock = new CommercetoolsMock({
  enableAuthentication: true,
  validateCredentials: true,
  strict: true,
  silent: true,
});

// It forgets the key of a standalone price, and has no action that gives one back. Our sync gives a price its
// key where the draft's was lost, as it does for prices that somebody else made: mended here, or every price
// would be one to mend for ever.
const prices = mock._repositories["standalone-price"];
const create = prices.create.bind(prices);
prices.create = async (context, draft) => {
  const made = await create(context, draft);
  return mock._storage.add(context.projectKey, "standalone-price", { ...made, key: draft.key });
};

let log = [];

mock.app.addHook("onResponse", async (request, reply) => {
  if (!request.url.startsWith("/_control/")) {
    log.push({ method: request.method, path: request.url, body: request.body ?? null, status: reply.statusCode });
  }
});
mock.app.get("/_control/log", async () => log);
mock.app.delete("/_control/log", async (request, reply) => {
  log = [];
  return reply.code(204).send();
});

await mock.app.listen({ port: 0, host: "127.0.0.1" });
console.log(JSON.stringify({ port: mock.app.server.address().port }));

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
