const { turnsPerMs } = require('./work');

exports.inChild = () => ({ pid: () => process.pid, turnsPerMs });
