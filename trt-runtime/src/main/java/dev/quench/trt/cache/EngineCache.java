// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.cache;

import dev.quench.io.PrivateFolder;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.build.TimingCache;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.TensorRtProbe;
import dev.quench.trt.internal.Environment;
import dev.quench.trt.plan.EngineKey;
import dev.quench.trt.plan.EngineManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Keeps engines between runs, so that a model is built only once for a GPU.
///
/// An engine is looked up by everything that determined its build ([EngineKey]): the exact model,
/// options, profiles, ranges, plug-ins, TensorRT, CUDA, GPU and platform. Its manifest is checked
/// before the engine is loaded; an engine that does not fit is rebuilt, and [Cached#reason] and the
/// log give the reason. Engines are code, so the folder must belong to the user and be closed to
/// others. Safe for several threads and processes.
///
/// ```java
/// EngineCache cache = EngineCache.open(EngineCache.userFolder());
/// try (Engine engine = cache.engine(EngineBuilder.of(model)).engine()) { … }
/// ```
public final class EngineCache {
  /// 16 GiB.
  public static final long DEFAULT_LIMIT_BYTES = 16L << 30;

  private final EngineStore store;
  private final TimingCache timings;

  private EngineCache(EngineStore store, TimingCache timings) {
    this.store = store;
    this.timings = timings;
  }

  /// An engine from the cache or from a build.
  ///
  /// @param engine to be closed by the caller
  /// @param reason why it was built; empty if it was in the cache
  public record Cached(Engine engine, Optional<String> reason) {}

  /// `$XDG_CACHE_HOME/quench/engines`, or the same in `~/.cache`.
  public static Path userFolder() {
    String configured = System.getenv("XDG_CACHE_HOME");
    Path cache =
        configured != null && Path.of(configured).isAbsolute()
            ? Path.of(configured)
            : Path.of(System.getProperty("user.home"), ".cache");
    return cache.resolve("quench").resolve("engines");
  }

  /// As [#open(Path, long)] with [#DEFAULT_LIMIT_BYTES].
  public static EngineCache open(Path folder) throws IOException {
    return open(folder, DEFAULT_LIMIT_BYTES);
  }

  /// Opens the cache in a folder, and creates the folder with mode 0700 if needed. It also holds
  /// the times of kernels.
  ///
  /// @param limitBytes largest total size of the engines; the least recently used are removed first
  /// @throws IOException if another user owns the folder or may enter it
  /// @throws IllegalArgumentException if the limit is negative
  public static EngineCache open(Path folder, long limitBytes) throws IOException {
    if (limitBytes < 0) {
      throw new IllegalArgumentException("limitBytes must be 0 or more, got " + limitBytes);
    }
    Path real = PrivateFolder.open(folder);
    return new EngineCache(
        new EngineStore(real, limitBytes), TimingCache.open(real.resolve("timings")));
  }

  /// Returns the engine that `builder` would build: from the cache, or built and stored.
  ///
  /// @throws IOException if the folder cannot be used
  /// @throws TensorRtException as [EngineBuilder#build]
  public Cached engine(EngineBuilder builder) throws IOException {
    Environment environment = TensorRtProbe.require();
    EngineKey key = builder.key(builder.settings(), environment);
    EngineStore.Obtained<Engine> found =
        store.obtain(
            key,
            new EngineStore.Access<>() {
              @Override
              public Engine load(Path plan, EngineManifest manifest) throws IOException {
                return Engine.load(plan, manifest, builder.declared(), builder.plugins());
              }

              @Override
              public Engine build() {
                return builder.timingsUnlessGiven(timings).build();
              }

              @Override
              public void save(Engine engine, Path plan) throws IOException {
                engine.save(plan);
              }
            });
    return new Cached(found.engine(), found.reason());
  }
}
