// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.array;

import dev.quench.Printable;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import dev.quench.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// Reads NumPy's `.npz` archives: ZIP files of `.npy` entries, stored or deflated. Stateless,
/// thread-safe.
public final class NpzFile {
  /// The largest number of entries.
  public static final int MAX_ENTRIES = 1000;

  /// The largest size of all arrays of an archive together, inflated, in bytes.
  public static final long MAX_TOTAL_BYTES = 4L << 30;

  private static final String SUFFIX = ".npy";

  private NpzFile() {}

  /// All arrays by name (without `.npy`), in the order of the archive.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException if it is damaged, not an archive of arrays, or exceeds [#MAX_ENTRIES] or
  ///   [#MAX_TOTAL_BYTES]
  public static Map<String, Tensor> read(Path file) throws IOException {
    return read(file, MAX_TOTAL_BYTES);
  }

  /// The names of the arrays, without reading them.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException if it is not an archive
  public static Set<String> names(Path file) throws IOException {
    try (ZipFile archive = open(file)) {
      return archive.stream()
          .map(ZipEntry::getName)
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .limit(MAX_ENTRIES)
          .collect(Collectors.toCollection(LinkedHashSet::new));
    } catch (ZipException e) {
      throw new DataException(file + ": not an .npz archive, or damaged: " + e.getMessage(), e);
    }
  }

  /// Opens an archive; adds its name to errors, which the JDK leaves out.
  private static ZipFile open(Path file) throws IOException {
    RegularFile.check(file);
    try {
      return new ZipFile(file.toFile());
    } catch (ZipException | FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw RegularFile.unreadable(file, e);
    }
  }

  static Map<String, Tensor> read(Path file, long maxTotalBytes) throws IOException {
    try (ZipFile archive = open(file)) {
      if (archive.size() > MAX_ENTRIES) {
        throw new DataException(
            "%s: %d entries, expected at most %d".formatted(file, archive.size(), MAX_ENTRIES));
      }
      Map<String, Tensor> arrays = new LinkedHashMap<>();
      long remaining = maxTotalBytes;
      for (ZipEntry entry : Collections.list(archive.entries())) {
        String where = file + ": entry '" + Printable.escape(entry.getName()) + "'";
        if (!entry.getName().endsWith(SUFFIX)) {
          throw new DataException(where + ": expected a .npy array");
        }
        Tensor tensor = read(archive, entry, where, remaining);
        remaining -= tensor.byteSize();
        String name = entry.getName().substring(0, entry.getName().length() - SUFFIX.length());
        if (arrays.put(name, tensor) != null) {
          throw new DataException(where + " occurs twice");
        }
      }
      return Collections.unmodifiableMap(arrays);
    } catch (ZipException | EOFException e) {
      throw new DataException(file + ": not an .npz archive, or damaged: " + e.getMessage(), e);
    }
  }

  private static Tensor read(ZipFile archive, ZipEntry entry, String where, long remaining)
      throws IOException {
    try (InputStream stream = new BufferedInputStream(archive.getInputStream(entry))) {
      Tensor tensor = NpyFile.read(where, stream, remaining);
      if (stream.read() >= 0) {
        throw new DataException(where + " has data after its array");
      }
      return tensor;
    }
  }
}
