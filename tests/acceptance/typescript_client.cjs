// Lists the tools of a server, calls one, and prints what it saw as JSON.
//   node typescript_client.cjs NODE_MODULES sdk|client legacy|auto URL TOKEN
//   node typescript_client.cjs NODE_MODULES sdk|client legacy|auto COMMAND ARGUMENT...
const { createRequire } = require("node:module");

const [modules, name, mode, target, ...rest] = process.argv.slice(2);
const load = createRequire(modules + "/");
const at = {
  sdk: {
    client: "@modelcontextprotocol/sdk/client/index.js",
    http: "@modelcontextprotocol/sdk/client/streamableHttp.js",
    stdio: "@modelcontextprotocol/sdk/client/stdio.js",
  },
  client: {
    client: "@modelcontextprotocol/client",
    http: "@modelcontextprotocol/client",
    stdio: "@modelcontextprotocol/client/stdio",
  },
}[name];

async function main() {
  const { Client } = load(at.client);
  const transport = target.startsWith("http")
    ? new (load(at.http).StreamableHTTPClientTransport)(new URL(target), {
        requestInit: { headers: { authorization: `Bearer ${rest[0]}` } },
      })
    : new (load(at.stdio).StdioClientTransport)({ command: target, args: rest, env: process.env });
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  const { tools } = await client.listTools();
  const answer = await client.callTool({
    name: "echo_request",
    arguments: { prompt: "hello from node" },
  });
  const seen = { tools: tools.map((tool) => tool.name), text: answer.content[0].text };
  seen.version = (client.getNegotiatedProtocolVersion && client.getNegotiatedProtocolVersion()) || null;
  console.log(JSON.stringify(seen));
  await client.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
