import type { Service } from "./service.ts";

export const services: readonly Service[] = [
  {
    name: "Chromium",
    variable: "COATCHECK_TEST_CHROMIUM",
    programs: {
      chromium: [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      ],
    },
    apt: ["chromium"],
    advice: "apt-get install chromium, or brew install --cask chromium",
    value: ({ programs }) => programs["chromium"] ?? "",
  },
  {
    name: "PostgreSQL",
    variable: "COATCHECK_TEST_POSTGRES_URL",
    programs: { initdb: ["initdb"], postgres: ["postgres"] },
    folders: ["/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"],
    apt: ["postgresql"],
    compose: "postgres",
    advice: "apt-get install postgresql, or brew install postgresql@17",
    server: {
      containerPort: 5432,
      user: "postgres",
      prepare: ({ programs: { initdb = "" }, data }) => [
        [initdb, "-D", `${data}/data`, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
      ],
      // Nobody keeps this data, so it need not reach the disk. Many test files run at once, each with a pool.
      command: ({ programs: { postgres = "" }, data, port }) => [
        postgres,
        "-D",
        `${data}/data`,
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "-k",
        data,
        "-F",
        "-N",
        "300",
      ],
      ready: /ready to accept connections/,
      stopSignal: "SIGINT",
    },
    value: ({ port }) => `postgres://postgres@127.0.0.1:${port}/postgres`,
  },
  {
    name: "MariaDB",
    variable: "COATCHECK_TEST_MARIADB_URL",
    programs: { install: ["mariadb-install-db", "mysql_install_db"], mariadbd: ["mariadbd"] },
    folders: ["/usr/sbin", "/opt/homebrew/opt/mariadb*/bin", "/usr/local/opt/mariadb*/bin"],
    apt: ["mariadb-server"],
    compose: "mariadb",
    advice: "apt-get install mariadb-server, or brew install mariadb",
    server: {
      containerPort: 3306,
      user: "mysql",
      prepare: ({ programs: { install = "" }, data }) => [
        [install, "--no-defaults", `--datadir=${data}/data`, "--auth-root-authentication-method=normal"],
      ],
      command: ({ programs: { mariadbd = "" }, data, port }) => [
        mariadbd,
        "--no-defaults",
        `--datadir=${data}/data`,
        `--socket=${data}/socket`,
        `--pid-file=${data}/pid`,
        // Its temporary tables are named by counters: in a folder shared with another server they would meet.
        `--tmpdir=${data}`,
        "--bind-address=127.0.0.1",
        `--port=${port}`,
        "--max-connections=300",
        "--innodb-flush-log-at-trx-commit=0",
      ],
      ready: /ready for connections/,
    },
    value: ({ port }) => `mysql://root@127.0.0.1:${port}/test`,
  },
];
