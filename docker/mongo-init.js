// Makes the replica set and its two users. Runs in mongo1's network, so that MongoDB's localhost exception holds until
// the first user exists. Every step looks first whether it is done: it may run again, and after being cut off anywhere.
const fs = require("fs");
const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();

const SET = "kintsugi";
const HOSTS = ["mongo1:27017", "mongo2:27017", "mongo3:27017"];
const TLS = "tls=true&tlsCAFile=/tls/ca/ca.pem&serverSelectionTimeoutMS=5000";
const HERE = `mongodb://127.0.0.1:27017/admin?directConnection=true&${TLS}`;
const AS_ROOT = `mongodb://root:${secret("mongo_root_password")}@${HOSTS.join(",")}/admin?replicaSet=${SET}&${TLS}`;
const MAJORITY = { w: "majority", wtimeout: 30000 };
const SECONDS = 120;

function until(what, check) {
  for (let waited = 0; waited < SECONDS; waited++) {
    const found = check();
    if (found) return found;
    sleep(1000);
  }
  throw new Error(`${what}: not within ${SECONDS} s; look at the logs of mongo1, mongo2 and mongo3`);
}

function initiate(here) {
  if (here.hello().setName) return;
  // mongo1 is preferred at first: the localhost exception holds for the node that this script is beside
  const members = HOSTS.map((host, id) => ({ _id: id, host: host, priority: id === 0 ? 2 : 1 }));
  try {
    here.runCommand({ replSetInitiate: { _id: SET, members: members } });
  } catch (error) {
    if (error.codeName !== "AlreadyInitialized") throw error;
  }
  print("replica set: initiated");
}

function rootOrNothing() {
  try {
    const admin = new Mongo(AS_ROOT).getDB("admin");
    admin.runCommand({ ping: 1 });
    return admin;
  } catch (error) {
    if (error.codeName === "AuthenticationFailed" || error.code === 18) return null;
    throw error;
  }
}

function makeRoot(here) {
  until("mongo1 as primary", () => here.hello().isWritablePrimary);
  try {
    here.runCommand({ createUser: "root", pwd: secret("mongo_root_password"), roles: ["root"], writeConcern: MAJORITY });
  } catch (error) {
    throw new Error(
      `user root: neither its password is right nor can it be made (${error.message}); ` +
        "is secrets/mongo_root_password another one than at the first start?"
    );
  }
  print("user root: made");
}

function bringUser(admin, name, password, roles) {
  const known = admin.runCommand({ usersInfo: { user: name, db: "admin" } }).users.length > 0;
  const command = known ? { updateUser: name } : { createUser: name };
  admin.runCommand({ ...command, pwd: password, roles: roles, writeConcern: MAJORITY });
  print(`user ${name}: ${known ? "up to date" : "made"}`);
}

const here = until("mongo1", () => {
  try {
    return new Mongo(HERE).getDB("admin");
  } catch (error) {
    return null;
  }
});
initiate(here);
until("a primary", () => here.hello().primary || here.hello().isWritablePrimary);
let admin = rootOrNothing();
if (admin === null) {
  makeRoot(here);
  admin = until("user root", rootOrNothing);
}
bringUser(admin, "kintsugi", secret("mongo_password"), [
  { role: "readWrite", db: "kintsugi" },
  { role: "clusterMonitor", db: "admin" }, // `kintsugi doctor` asks what the server offers
]);
