// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.cache;

import dev.quench.io.FolderLock;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.plan.EngineFiles;
import dev.quench.trt.plan.EngineKey;
import dev.quench.trt.plan.EngineManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Engines in a folder, looked up by key. Handles files and manifests; the caller defines what an
/// engine is.
///
/// A file is named after the request and the whole key, so engines of one request for several
/// machines are found together. Safe for several processes: files are written atomically, one
/// engine is made at a time for each kind of machine, and a file that disappears meanwhile counts
/// as missing.
final class EngineStore {
  private static final System.Logger LOGGER = System.getLogger("dev.quench.trt");
  private static final String SUFFIX = ".engine";
  private static final String LOCK = "engines-";
  private static final int REQUEST_DIGITS = 16;
  private static final int KEY_DIGITS = 32;

  private final Path folder;
  private final long limitBytes;

  /// @param folder private to the user
  /// @param limitBytes of all engines together; the least recently used is removed first
  EngineStore(Path folder, long limitBytes) {
    this.folder = folder;
    this.limitBytes = limitBytes;
  }

  /// Loads, builds and saves engines.
  interface Access<T> {
    /// @throws TensorRtException if the plan does not fit its manifest or this machine
    T load(Path plan, EngineManifest manifest) throws IOException;

    T build();

    /// Writes plan and manifest.
    void save(T engine, Path plan) throws IOException;
  }

  /// An engine, found or made.
  ///
  /// @param reason why it was built; empty if it was found
  record Obtained<T>(T engine, Optional<String> reason) {}

  /// Returns the engine of a key: the stored one, else a new one, which it stores. A folder into
  /// which it cannot write only gives engines.
  ///
  /// @throws IOException if the folder cannot be read
  <T> Obtained<T> obtain(EngineKey key, Access<T> access) throws IOException {
    Path plan = plan(key);
    List<String> reasons = new ArrayList<>();
    Optional<T> found = load(plan, key, access, reasons);
    if (found.isPresent()) {
      return new Obtained<>(found.get(), Optional.empty());
    }
    FolderLock lock;
    try {
      lock = FolderLock.take(folder, lock(key));
    } catch (IOException e) {
      String reason = reason(reasons, key);
      LOGGER.log(
          System.Logger.Level.WARNING,
          "building the engine: %s; it is not cached, as %s cannot be locked: %s"
              .formatted(reason, folder, e.getMessage()));
      return new Obtained<>(access.build(), Optional.of(reason));
    }
    try (lock) {
      // Another process may have built it meanwhile.
      reasons.clear();
      found = load(plan, key, access, reasons);
      if (found.isPresent()) {
        return new Obtained<>(found.get(), Optional.empty());
      }
      String reason = reason(reasons, key);
      LOGGER.log(System.Logger.Level.INFO, "building the engine: " + reason);
      T engine = access.build();
      save(engine, plan, access);
      return new Obtained<>(engine, Optional.of(reason));
    }
  }

  private String reason(List<String> reasons, EngineKey key) throws IOException {
    return reasons.isEmpty() ? whyMissing(key) : String.join("; ", reasons);
  }

  /// A failure to store the engine does not fail the call.
  private <T> void save(T engine, Path plan, Access<T> access) {
    try {
      access.save(engine, plan);
      evict(plan);
    } catch (IOException | RuntimeException e) {
      LOGGER.log(System.Logger.Level.WARNING, "the engine is not cached: " + e.getMessage());
    }
  }

  private <T> Optional<T> load(Path plan, EngineKey key, Access<T> access, List<String> reasons)
      throws IOException {
    if (!Files.exists(plan)) {
      return Optional.empty();
    }
    try {
      EngineManifest manifest = EngineFiles.readManifest(plan);
      if (!manifest.key().equals(key)) {
        reasons.add(
            "the cached engine has another key: "
                + String.join(", ", key.differencesFrom(manifest.key())));
        return Optional.empty();
      }
      T engine = access.load(plan, manifest);
      touch(plan);
      return Optional.of(engine);
    } catch (NoSuchFileException e) {
      return Optional.empty(); // evicted meanwhile
    } catch (TensorRtException e) {
      reasons.add("the cached engine is unusable: " + e.getMessage());
      return Optional.empty();
    }
  }

  /// Records when the engine was used, for eviction. The engine is already loaded, so this must not
  /// fail.
  private static void touch(Path plan) {
    try {
      Files.setLastModifiedTime(plan, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, () -> "cannot record the use of " + plan + ": " + e);
    }
  }

  /// Why a stored engine of the same request cannot be used; a general reason without one.
  private String whyMissing(EngineKey key) throws IOException {
    String request = key.requestDigest().substring(0, REQUEST_DIGITS);
    for (Path other : plans()) {
      if (String.valueOf(other.getFileName()).startsWith(request)) {
        try {
          List<String> differences = key.differencesFrom(EngineFiles.readManifest(other).key());
          if (!differences.isEmpty()) {
            return "the cached engine does not fit this machine: " + String.join(", ", differences);
          }
        } catch (IOException | TensorRtException e) {
          LOGGER.log(System.Logger.Level.DEBUG, "explains nothing: " + e.getMessage());
        }
      }
    }
    return "the cache has none for this model and these options";
  }

  /// Removes engines, least recently used first, until the limit holds; never removes `kept`.
  private void evict(Path kept) throws IOException {
    List<Path> plans = new ArrayList<>(plans());
    plans.sort(Comparator.comparing(EngineStore::lastUsed));
    long total = plans.stream().mapToLong(EngineStore::size).sum();
    for (Path plan : plans) {
      if (total <= limitBytes) {
        return;
      }
      if (!plan.equals(kept)) {
        total -= size(plan);
        Files.deleteIfExists(plan);
        Files.deleteIfExists(EngineFiles.manifestOf(plan));
      }
    }
  }

  private Path plan(EngineKey key) {
    return folder.resolve(
        key.requestDigest().substring(0, REQUEST_DIGITS)
            + "-"
            + key.digest().substring(0, KEY_DIGITS)
            + SUFFIX);
  }

  /// Builds on one GPU at the same time would slow each other's kernels and mistime them. Which GPU
  /// is whose the key does not say, so builds on all GPUs of a kind wait for each other; those on
  /// other kinds do not.
  private static String lock(EngineKey key) {
    return LOCK + key.machineDigest().substring(0, REQUEST_DIGITS);
  }

  private List<Path> plans() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    } catch (UncheckedIOException e) {
      throw new IOException("cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  private static FileTime lastUsed(Path plan) {
    try {
      return Files.getLastModifiedTime(plan);
    } catch (IOException e) {
      return FileTime.fromMillis(0); // already removed, or being removed
    }
  }

  private static long size(Path plan) {
    try {
      return Files.size(plan);
    } catch (IOException e) {
      return 0;
    }
  }
}
