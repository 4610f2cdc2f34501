import koffi from 'koffi';

/**
 * The file by which the event loop of this thread sleeps: readable when there is something to do, other than timers. The
 * functions are part of Node's interface for addons; undefined if this Node has them not.
 */
export function eventLoopFd(): number | undefined {
  try {
    const node = koffi.load(null);
    const loopOf = node.func('napi_get_uv_event_loop', 'int', ['void *', koffi.out(koffi.pointer('intptr'))]);
    const backendOf = node.func('uv_backend_fd', 'int', ['intptr']);
    const loop: number[] = [0];
    if (loopOf(koffi.node.env, loop) !== 0) return undefined;
    const fd = backendOf(loop[0]) as number;
    return fd >= 0 ? fd : undefined;
  } catch {
    return undefined;
  }
}
