// An OpenAI-style endpoint over one small model on the CPU: node server.mjs MODEL.gguf THREADS
// Prints its base URL as JSON once it can answer. One request at a time: there is one context.
import http from "node:http";
import {getLlama, LlamaChatSession} from "node-llama-cpp";

const [modelPath, threads] = process.argv.slice(2);
const llama = await getLlama({gpu: false, build: "never", maxThreads: Number(threads), logLevel: "error"});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({contextSize: 16384, threads: Number(threads)});
const sequence = context.getSequence();
let turn = Promise.resolve();

// A model as small as this one cannot fill the hundred fields of an invoice: it is asked for five.
const text = {type: "string", maxLength: 60};
const group = (properties) => ({type: "object", properties});
const FIVE = group({
    invoice: group({
        number: text, issue_date: {type: "string", format: "date"}, currency: text,
        seller: group({name: text}), totals: group({gross: text}),
    }),
});

async function complete(asked) {
    const said = (role) => asked.messages.filter((m) => m.role === role).map((m) => m.content);
    const grammar = asked.response_format && await llama.createGrammarForJsonSchema(FIVE);
    const session = new LlamaChatSession({contextSequence: sequence, systemPrompt: said("system").join("\n")});
    const before = sequence.tokenMeter.getState();
    const {responseText, stopReason} = await session.promptWithMeta(said("user").join("\n"), {
        grammar, maxTokens: asked.max_tokens, temperature: 0, 
    });
    const used = sequence.tokenMeter.diff(before);
    session.dispose({disposeSequence: false});
    return {
        object: "chat.completion", model: asked.model,
        choices: [{
            index: 0, finish_reason: stopReason === "maxTokens" ? "length" : "stop",
            message: {role: "assistant", content: responseText},
        }],
        usage: {prompt_tokens: used.usedInputTokens, completion_tokens: used.usedOutputTokens},
    };
}

const server = http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const reply = turn.then(() => complete(JSON.parse(body)));
    turn = reply.catch(() => undefined);
    try {
        response.writeHead(200, {"content-type": "application/json"}).end(JSON.stringify(await reply));
    } catch (error) {
        response.writeHead(500, {"content-type": "application/json"})
            .end(JSON.stringify({error: {type: "server_error", message: String(error)}}));
    }
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({url: `http://127.0.0.1:${server.address().port}/v1`})));
