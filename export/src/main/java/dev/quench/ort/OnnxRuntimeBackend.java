// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// ONNX Runtime on the CPU. Stateless and thread-safe.
///
/// A model is always passed on re-serialized, never as its original file, and only after
/// [dev.quench.graph.shape.Admission] accepts it. Threads wait without spinning, so an idle session
/// uses no processor time. [SessionOptions#precision] is ignored: the types in the model decide.
/// Quantization of FLOAT16 is computed in FLOAT, because ONNX Runtime rounds it incorrectly.
public final class OnnxRuntimeBackend implements Backend {
  static final String NAME = "onnxruntime";

  /// Errors come back as exceptions; the native log would only repeat them on standard error.
  static final OrtLoggingLevel LOG_LEVEL = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

  /// A model with more bytes of weights is passed as a file, which ONNX Runtime maps.
  private static final long MOST_BYTES_IN_MEMORY = 16L << 20;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Availability availability() {
    try {
      return new Availability.Available(
          "ONNX Runtime " + NativeEnvironment.INSTANCE.getVersion() + " on the CPU");
    } catch (LinkageError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return new Availability.Unavailable(
          "the native library of ONNX Runtime cannot be loaded: " + cause.getMessage(),
          "use Linux x86-64 or arm64 with glibc, and a temporary folder (java.io.tmpdir) that is writable and may hold executable files");
    }
  }

  @Override
  public Session open(Model model, SessionOptions options) {
    return open(model, options, null);
  }

  /// Runs a model and records when each node ran: as JSON in the format of Chrome's trace events,
  /// which Perfetto shows as a timeline. Events of category `Node` have a node's name with
  /// `_kernel_time` behind it, its operator under `args.op_name` and its time in microseconds under
  /// `dur`.
  ///
  /// @param runs inferences, 1 or more; the first ones are slower
  /// @throws BackendException if ONNX Runtime refuses the model or the inputs, or the temporary
  ///   folder cannot be written
  public String trace(Model model, SessionOptions options, Map<String, Tensor> inputs, int runs) {
    try {
      Path folder = Files.createTempDirectory("quench-trace");
      try (OnnxRuntimeSession session = open(model, options, folder.resolve("trace"))) {
        for (int run = 0; run < runs; run++) {
          session.run(inputs);
        }
        Path written = Path.of(session.endProfiling());
        String trace = Files.readString(written);
        Files.delete(written);
        return trace;
      } finally {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new BackendException(NAME + ": the trace cannot be written: " + e.getMessage(), e);
    }
  }

  private static OnnxRuntimeSession open(
      Model model, SessionOptions options, @Nullable Path trace) {
    if (new OnnxRuntimeBackend().availability()
        instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new BackendException(NAME + ": " + reason + "; " + remedy);
    }
    Model given = RuntimeModel.of(withExactQuantization(model), options.taps());
    Optional<FedShapes> shapes = FedShapes.of(given);
    try (OrtSession.SessionOptions settings = settings(options)) {
      if (trace != null) {
        settings.enableProfiling(trace.toString());
      }
      if (options.optimize() && UnequalTwins.areIn(given)) {
        settings.addConfigEntry(
            "optimization.disable_specified_optimizers", "CommonSubexpressionElimination");
      }
      return OnnxRuntimeSession.of(
          NativeEnvironment.INSTANCE, create(given, settings), model, options.taps(), shapes);
    } catch (OrtException e) {
      throw new BackendException(NAME + " refuses the model: " + e.getMessage(), e);
    }
  }

  private static OrtSession.SessionOptions settings(SessionOptions options) throws OrtException {
    OrtSession.SessionOptions settings = new OrtSession.SessionOptions();
    try {
      settings.setSessionLogLevel(LOG_LEVEL);
      settings.setIntraOpNumThreads(options.threads());
      settings.setInterOpNumThreads(1);
      settings.setOptimizationLevel(options.optimize() ? OptLevel.ALL_OPT : OptLevel.NO_OPT);
      settings.addConfigEntry("session.intra_op.allow_spinning", "0");
      settings.addConfigEntry("session.inter_op.allow_spinning", "0");
      return settings;
    } catch (OrtException e) {
      settings.close();
      throw e;
    }
  }

  private static Model withExactQuantization(Model model) {
    if (!WideQuantization.isNeeded(model)) {
      return model;
    }
    Model copy = model.copy();
    WideQuantization.apply(copy);
    return copy;
  }

  private static OrtSession create(Model model, OrtSession.SessionOptions settings)
      throws OrtException {
    if (OnnxWriter.weightBytes(model) <= MOST_BYTES_IN_MEMORY) {
      return NativeEnvironment.INSTANCE.createSession(OnnxWriter.toBytes(model), settings);
    }
    try (TemporaryModel written = TemporaryModel.write(model)) {
      return NativeEnvironment.INSTANCE.createSession(written.file().toString(), settings);
    } catch (IOException e) {
      throw new BackendException(
          "%s: the model cannot be written to the temporary folder %s: %s; free space there, or name another folder with -Djava.io.tmpdir"
              .formatted(NAME, System.getProperty("java.io.tmpdir"), e.getMessage()),
          e);
    }
  }
}
