// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.backend;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.cache.EngineCache;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.RunOptions;
import dev.quench.trt.execute.Taps;
import dev.quench.trt.inspect.TensorRtProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Runs models on an NVIDIA GPU with TensorRT.
///
/// Opening a model builds an engine, which takes seconds to minutes; [#cachedIn] keeps engines
/// between runs. Of [SessionOptions], `precision` goes to the builder, `threads` is ignored, and
/// without `optimize` the builder's optimization level is 0: TensorRT has no setting that leaves
/// the graph unchanged. Thread-safe.
public final class TensorRtBackend implements Backend {
  private static final int LEAST_OPTIMIZATION = 0;

  private final UnaryOperator<EngineBuilder> settings;
  private final RunOptions running;
  private final Optional<EngineCache> cache;

  /// A backend with the builder's defaults.
  public TensorRtBackend() {
    this(UnaryOperator.identity());
  }

  /// @param settings settings of every build besides its [SessionOptions]: profiles, workspace
  public TensorRtBackend(UnaryOperator<EngineBuilder> settings) {
    this(settings, RunOptions.DEFAULT, Optional.empty());
  }

  private TensorRtBackend(
      UnaryOperator<EngineBuilder> settings, RunOptions running, Optional<EngineCache> cache) {
    this.settings = settings;
    this.running = running;
    this.cache = cache;
  }

  /// This backend, with these options for its sessions.
  public TensorRtBackend running(RunOptions options) {
    return new TensorRtBackend(settings, options, cache);
  }

  /// This backend, with engines from a cache.
  public TensorRtBackend cachedIn(EngineCache engines) {
    return new TensorRtBackend(settings, running, Optional.of(engines));
  }

  /// As [EngineCache#open(Path)]. Of processes on GPUs of one kind that share the folder, one
  /// builds an engine while the others wait and then load it.
  @Override
  public TensorRtBackend cachedIn(Path folder) throws IOException {
    return cachedIn(EngineCache.open(folder));
  }

  @Override
  public String name() {
    return "tensorrt";
  }

  @Override
  public Availability availability() {
    return TensorRtProbe.availability();
  }

  @Override
  public boolean usesGpu() {
    return true;
  }

  @Override
  public Session open(Model model, SessionOptions options) {
    TensorRtProbe.require();
    Taps taps = Taps.of(model, options.taps());
    Set<String> outputs =
        model.graph().outputs().stream()
            .map(Value::name)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    Engine engine = engine(taps.withOutputs(model), options);
    try {
      return engine.openSession(outputs, taps, running, engine::close);
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  private Engine engine(Model model, SessionOptions options) {
    EngineBuilder builder = EngineBuilder.of(model).precision(options.precision());
    if (!options.optimize()) {
      builder.optimizationLevel(LEAST_OPTIMIZATION);
    }
    try {
      EngineBuilder complete = settings.apply(builder);
      return cache.isPresent() ? cache.get().engine(complete).engine() : complete.build();
    } catch (IllegalArgumentException e) {
      throw new TensorRtException("TensorRT cannot take the model: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new TensorRtException("the engine cache cannot be used: " + e.getMessage(), e);
    }
  }
}
