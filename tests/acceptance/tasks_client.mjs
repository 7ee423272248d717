// Calls a tool as the official client of the Tasks extension does, with a person who says yes, and prints what it saw.
//   node tasks_client.mjs NODE_MODULES URL TOOL ARGUMENTS
import { pathToFileURL } from "node:url";

const [modules, url, tool, given] = process.argv.slice(2);
const version = "2026-07-28";
const declared = { extensions: { "io.modelcontextprotocol/tasks": {} }, elicitation: {} };
const framing = {
  "io.modelcontextprotocol/protocolVersion": version,
  "io.modelcontextprotocol/clientCapabilities": declared,
};

let last = 0;
async function dispatch({ method, params }) {
  const body = { jsonrpc: "2.0", id: ++last, method, params: { ...params, _meta: framing } };
  const headers = {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": version,
    "mcp-method": method,
    "mcp-name": params.taskId ?? params.name,
  };
  const answer = await (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
  return answer.error ? { kind: "error", error: answer.error } : { kind: "result", result: answer.result };
}

const deaf = () => () => {};
const port = {
  endpointId: "gateway",
  taskCapabilities: { generation: "v2", capabilities: {} },
  invalidated: false,
  dispatch,
  onServerRequest: deaf,
  onNotification: deaf,
  onInvalidated: deaf,
};

const found = pathToFileURL(`${modules}/@modelcontextprotocol/ext-tasks/dist/client/index.js`);
const { withTasks, resultFromTaskOutcome } = await import(found);
const seen = { asked: [] };
const session = withTasks(port, {
  async onInputRequest({ params }, { delivery }) {
    seen.asked.push([delivery, params.message.split("\n")[0]]);
    return { action: "accept", content: { confirm: true } };
  },
});
const execution = await session.callTool(tool, JSON.parse(given));
const { outcome } = await execution.settle();
seen.text = resultFromTaskOutcome(outcome).content[0].text;
console.log(JSON.stringify(seen));
await session.close();
