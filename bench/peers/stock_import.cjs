// sphere-stock-import on one file, as its command does it: read the file, then run the importer on its content.
// Runs with the packages of package.json beside: `node stock_import.cjs FILE`, the shop in SHOP_HOST,
// SHOP_PROJECT and SHOP_TOKEN. Prints one line of JSON with what the import cost after all modules were loaded.
"use strict";

const fs = require("node:fs");
const StockImport = require("sphere-stock-import");

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

async function main(file) {
  const importer = new StockImport(quiet, {
    config: { project_key: process.env.SHOP_PROJECT },
    access_token: process.env.SHOP_TOKEN,
    host: process.env.SHOP_HOST,
    protocol: "http",
    timeout: 60000,
    csvDelimiter: ",",
  });
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  await importer.run(fs.readFileSync(file, { encoding: "utf-8" }), importer.getMode(file));
  const spent = process.cpuUsage(before);
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const status = fs.readFileSync("/proc/self/status", "utf-8");
  const detail = { created: importer._summary.created, updated: importer._summary.updated };
  const told = {
    cpu: (spent.user + spent.system) / 1e6,
    wall,
    peak_mb: Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024,
    detail,
  };
  process.stdout.write(JSON.stringify(told) + "\n");
}

main(process.argv[2]).catch((error) => {
  process.stderr.write(`${error && error.stack ? error.stack : JSON.stringify(error)}\n`);
  process.exit(1);
});
