import { startCommon } from "./common.js";
import { startWork } from "./work.js";

startCommon();
startWork();
