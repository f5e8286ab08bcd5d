// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.eval.Candidate;
import dev.quench.graph.Model;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.build.Arithmetic;
import dev.quench.pipeline.build.EngineRecipe;
import dev.quench.run.Availability;
import dev.quench.run.BackendException;
import dev.quench.run.Backends;
import dev.quench.run.Precision;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.EngineBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The TensorRT engine of the INT8 model, to be closed after use.
///
/// @param model that it was built from
record BuiltEngine(Engine engine, Path file, Model model) implements AutoCloseable {
  /// Builds the engine for batches of 1 to 256, with FP16 where the model is not quantized, and
  /// writes it with its manifest.
  ///
  /// @param model in TensorRT's form; not modified
  /// @return empty where TensorRT or a GPU is missing, or TensorRT cannot build it; the listener
  ///   hears why
  /// @throws IOException if the engine cannot be written
  static Optional<BuiltEngine> of(Model model, Path file, RecipeListener listener)
      throws IOException {
    Availability found = Backends.named("tensorrt").availability();
    if (found instanceof Availability.Unavailable(String reason, String remedy)) {
      return none(file, "%s; %s".formatted(reason, remedy), listener);
    }
    Engine engine;
    try {
      engine =
          EngineRecipe.of(model.copy())
              .arithmetic(Arithmetic.FP16)
              .listener(listener)
              .ready()
              .builder()
              .build();
    } catch (BackendException | IllegalArgumentException e) {
      return none(file, e.getMessage() + "; 'quench build' takes profiles", listener);
    }
    BuiltEngine built = new BuiltEngine(engine, file, model);
    try {
      engine.save(file);
      engine
          .buildReport()
          .ifPresent(report ->
              listener.result("   engine's layers: " + report.layers().countsByPrecision()));
    } catch (IOException | RuntimeException e) {
      built.close();
      throw e;
    }
    return Optional.of(built);
  }

  private static Optional<BuiltEngine> none(Path file, String reason, RecipeListener listener)
      throws IOException {
    listener.note("note: no engine is built: " + reason);
    // One of an earlier run would pass for this one's.
    Files.deleteIfExists(file);
    Files.deleteIfExists(Int8Files.manifestOf(file));
    return Optional.empty();
  }

  /// For the report, whose latencies are those of the engine.
  Candidate candidate() throws IOException {
    return Candidate.of(file, model, new EngineBackend(engine), Precision.INT8, "");
  }

  @Override
  public void close() {
    engine.close();
  }
}
