// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// The single environment of ONNX Runtime in this process, created on a thread with a large stack.
///
/// At startup on Linux, ONNX Runtime 1.29 matches the command line of the process, class path
/// included, against a pattern that recurses with its length. On an ordinary thread about 4,000
/// bytes overflow the stack, and the process dies by a segmentation fault without an error file. So
/// it starts on a thread whose stack grows with the command line; 700 bytes of stack per byte have
/// proved sufficient.
final class NativeEnvironment {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final long ORDINARY_STACK = 1L << 20;
  private static final long STACK_PER_BYTE = 1L << 10;

  static final OrtEnvironment INSTANCE = create();

  /// Not a lambda of the class that waits for it: that would wait for the class initialization and
  /// deadlock.
  private record Start(OrtLoggingLevel logLevel) implements Callable<OrtEnvironment> {
    @Override
    public OrtEnvironment call() {
      return OrtEnvironment.getEnvironment(logLevel, "quench");
    }
  }

  private NativeEnvironment() {}

  private static OrtEnvironment create() {
    FutureTask<OrtEnvironment> starting = new FutureTask<>(new Start(OnnxRuntimeBackend.LOG_LEVEL));
    long stack = ORDINARY_STACK + STACK_PER_BYTE * commandLineLength();
    Thread starter = new Thread(null, starting, "start ONNX Runtime", stack);
    starter.start();
    try {
      return starting.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new LinkageError(cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LinkageError("interrupted while ONNX Runtime was starting", e);
    }
  }

  private static int commandLineLength() {
    try {
      return Files.readAllBytes(COMMAND_LINE).length;
    } catch (IOException e) {
      return 0; // no such file outside Linux, where the fault is not known
    }
  }
}
