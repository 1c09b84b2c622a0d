/** Hands over each line that comes on a socket. */
function linesOf(socket, listener) {
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) listener(line);
  });
}

module.exports = { linesOf };
