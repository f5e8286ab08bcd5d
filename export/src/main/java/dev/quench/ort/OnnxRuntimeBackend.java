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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// ONNX Runtime on the CPU. Stateless and thread-safe.
///
/// A model is handed over re-serialized, never as the file it was read from, and only when it has
/// passed the check of [dev.quench.graph.shape.Admission]. Threads wait without spinning, so that
/// an idle session takes no processor time from others. [SessionOptions#precision] is ignored: the
/// model's own types decide. Quantization of FLOAT16 is computed in FLOAT, because ONNX Runtime
/// rounds it the wrong way.
public final class OnnxRuntimeBackend implements Backend {
  static final String NAME = "onnxruntime";

  /// What goes wrong comes back as an exception; the native log would only repeat it on standard
  /// error.
  static final OrtLoggingLevel LOG_LEVEL = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

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
    if (availability() instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new BackendException(NAME + ": " + reason + "; " + remedy);
    }
    Model given = RuntimeModel.of(withExactQuantization(model), options.taps());
    Optional<FedShapes> shapes = FedShapes.of(given);
    try (OrtSession.SessionOptions settings = settings(options)) {
      OrtSession session =
          OnnxWriter.fitsOneMessage(given)
              ? NativeEnvironment.INSTANCE.createSession(OnnxWriter.toBytes(given), settings)
              : createFromFile(given, settings);
      return OnnxRuntimeSession.of(
          NativeEnvironment.INSTANCE, session, model, options.taps(), shapes);
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

  /// For models beyond the 2 GiB of one message. The files are mapped, so they may go once the
  /// session is there.
  private static OrtSession createFromFile(Model model, OrtSession.SessionOptions settings)
      throws OrtException {
    try {
      Path folder = Files.createTempDirectory("quench-onnxruntime");
      try {
        Path file = folder.resolve("model.onnx");
        OnnxWriter.write(model, file, OnnxWriter.Options.EXTERNAL);
        return NativeEnvironment.INSTANCE.createSession(file.toString(), settings);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new BackendException(
          NAME + ": the model cannot be written to a temporary folder: " + e.getMessage(), e);
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
    Files.delete(folder);
  }
}
