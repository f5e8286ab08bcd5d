// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.data.AtomicFile;
import dev.quench.run.Session;
import dev.quench.run.TensorSpec;
import dev.quench.trt.internal.NativeEngine;
import dev.quench.trt.internal.NativePlan;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A built engine: a model compiled for one GPU and one version of TensorRT.
///
/// It owns native memory and the sessions that it opens; [#close] waits for inferences that are
/// running, closes the sessions, then frees the engine. Safe for several threads; use after close
/// is an [IllegalStateException].
///
/// On disk an engine is a plan, the bytes that TensorRT makes, with an [EngineManifest] beside it:
/// `model.engine` and `model.engine.json`. A plan is code: it is loaded only when its manifest
/// matches it, this GPU and this TensorRT, or when the caller says to trust it.
public final class Engine implements AutoCloseable {
  private final NativeEngine engine;
  private final @Nullable EngineManifest manifest;
  private final List<TensorSpec> inputs;
  private final List<TensorSpec> outputs;
  private final Set<TensorRtSession> sessions = new LinkedHashSet<>();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  private Engine(NativeEngine engine, @Nullable EngineManifest manifest, DeclaredTensors declared) {
    this.engine = engine;
    this.manifest = manifest;
    this.inputs = DeclaredTensors.apply(declared.inputs(), engine.inputs());
    this.outputs = DeclaredTensors.apply(declared.outputs(), engine.outputs());
  }

  /// Takes over `engine`.
  static Engine of(NativeEngine engine, EngineManifest manifest, DeclaredTensors declared) {
    return new Engine(engine, manifest, declared);
  }

  /// Loads an engine that [#save] wrote, after checking that its manifest matches the plan, this
  /// GPU and this TensorRT.
  ///
  /// @return to be closed by the caller
  /// @throws IOException if a file cannot be read
  /// @throws TensorRtException if there is no manifest, it does not match, TensorRT is not
  ///   available or refuses the plan
  public static Engine load(Path plan) throws IOException {
    Path manifestFile = manifestOf(plan);
    EngineManifest manifest =
        EngineManifest.parse(readManifest(plan, manifestFile), manifestFile.toString());
    manifest.requireMachine(plan.toString(), TensorRtProbe.require());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = PlanBytes.read(plan, arena);
      manifest.requirePlan(plan.toString(), PlanBytes.sha256(bytes));
      return new Engine(NativeEngine.deserialize(bytes), manifest, DeclaredTensors.NONE);
    }
  }

  /// Loads an engine without looking for a manifest. An engine is code that runs with this
  /// process's rights: call this only for files that you trust as you would a program.
  ///
  /// @return to be closed by the caller
  /// @throws IOException if the file cannot be read
  /// @throws TensorRtException if TensorRT is not available or refuses the plan
  public static Engine trustForeignEngine(Path plan) throws IOException {
    TensorRtProbe.require();
    try (Arena arena = Arena.ofConfined()) {
      return new Engine(
          NativeEngine.deserialize(PlanBytes.read(plan, arena)), null, DeclaredTensors.NONE);
    }
  }

  /// Writes the plan to `plan` and the manifest beside it, each atomically.
  ///
  /// @throws IOException if a file cannot be written
  /// @throws IllegalStateException for an engine of [#trustForeignEngine], of which nothing is
  ///   known
  /// @throws TensorRtException if TensorRT fails to serialize the engine
  public void save(Path plan) throws IOException {
    if (manifest == null) {
      throw new IllegalStateException(
          "this engine came without a manifest and cannot be saved with one; copy its file instead");
    }
    AtomicFile.checkWritable(plan);
    lock.lock();
    try {
      requireOpen();
      try (NativePlan serialized = engine.serialize()) {
        MemorySegment bytes = serialized.bytes();
        AtomicFile.write(plan, out -> PlanBytes.write(bytes, out));
        AtomicFile.writeString(
            manifestOf(plan), manifest.withPlan(PlanBytes.sha256(bytes)).toJson());
      }
    } finally {
      lock.unlock();
    }
  }

  /// Empty for an engine of [#trustForeignEngine].
  public Optional<EngineManifest> manifest() {
    return Optional.ofNullable(manifest);
  }

  /// What must be fed; in the model's order for an engine that was just built.
  public List<TensorSpec> inputs() {
    return inputs;
  }

  /// What a session returns; in the model's order for an engine that was just built.
  public List<TensorSpec> outputs() {
    return outputs;
  }

  /// The shapes that the engine serves, for inputs with free dimensions.
  public Map<String, ShapeRange> profile() {
    return engine.profile();
  }

  /// TensorRT's own description of the layers as JSON: which were fused, their types and kernels.
  public String layerInformation() {
    return whileOpen(engine::layerInformation);
  }

  /// Opens a session with its own memory on the GPU; several can be open at once. It taps nothing.
  public Session openSession() {
    Set<String> names =
        outputs.stream().map(TensorSpec::name).collect(Collectors.toCollection(LinkedHashSet::new));
    return openSession(names, Taps.NONE, () -> {});
  }

  /// @param outputNames what the session returns
  /// @param afterClose runs once the session is closed
  Session openSession(Set<String> outputNames, Taps taps, Runnable afterClose) {
    return whileOpen(() -> {
      List<TensorSpec> returned =
          outputs.stream().filter(spec -> outputNames.contains(spec.name())).toList();
      TensorRtSession session =
          new TensorRtSession(
              engine.createContext(),
              new InputCheck(inputs, engine.profile()),
              returned,
              taps,
              closing -> {
                forget(closing);
                afterClose.run();
              });
      sessions.add(session);
      return session;
    });
  }

  @Override
  public void close() {
    List<TensorRtSession> open;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      open = new ArrayList<>(sessions);
    } finally {
      lock.unlock();
    }
    open.forEach(TensorRtSession::close);
    engine.close();
  }

  private void forget(TensorRtSession session) {
    lock.lock();
    try {
      sessions.remove(session);
    } finally {
      lock.unlock();
    }
  }

  private <T> T whileOpen(Supplier<T> action) {
    lock.lock();
    try {
      requireOpen();
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
  }

  private static Path manifestOf(Path plan) {
    return plan.resolveSibling(plan.getFileName() + ".json");
  }

  private static byte[] readManifest(Path plan, Path manifestFile) throws IOException {
    try (InputStream in = Files.newInputStream(manifestFile)) {
      return in.readNBytes(EngineManifest.MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new TensorRtException(
          "%s has no manifest %s, so nothing says which GPU and TensorRT it was built for; build it"
                  .formatted(plan, manifestFile.getFileName())
              + " again, or say that you trust it as you would a program",
          e);
    }
  }
}
