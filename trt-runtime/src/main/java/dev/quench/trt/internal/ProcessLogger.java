// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

import java.lang.System.Logger.Level;
import org.bytedeco.tensorrt.nvinfer.ILogger;

/// The single logger that this process passes to TensorRT, which keeps it forever.
///
/// JavaCPP refers to a callback object only weakly, hence the static field: if it were collected,
/// TensorRT's next message would crash the JVM.
public final class ProcessLogger extends ILogger {
  public static final NativeLog LOG = new NativeLog();

  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");

  public static final ProcessLogger INSTANCE = new ProcessLogger();

  private ProcessLogger() {}

  @Override
  public void log(Severity severity, String message) {
    try {
      Severity known = severity.intern();
      if (known == Severity.kINTERNAL_ERROR || known == Severity.kERROR) {
        LOG.error(message);
      } else if (known == Severity.kWARNING) {
        LOG.warning(message);
      }
      if (TacticFailures.concerns(message)) {
        LOG.tactic(message);
      }
      LOGGER.log(known == Severity.kVERBOSE ? Level.TRACE : Level.DEBUG, message);
    } catch (RuntimeException | Error e) {
      // Exceptions must not reach native code; losing the message is better than a crash.
      LOG.warning("a message was lost: " + e);
    }
  }
}
