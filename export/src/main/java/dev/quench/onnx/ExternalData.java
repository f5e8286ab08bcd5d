// SPDX-License-Identifier: Apache-2.0
package dev.quench.onnx;

import dev.quench.graph.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tensor data in files beside the model, mapped into memory. A location must stay inside the
/// model's folder by name and, after following links, inside that folder or the folder that the
/// model's link leads to: in the cache of the Hugging Face hub both are links into one folder.
final class ExternalData {
  private final @Nullable Path folder;
  private final @Nullable Path model;
  private final Map<String, MemorySegment> mapped = new HashMap<>();
  private long missingBytes;

  /// Refuses external data.
  static ExternalData none() {
    return new ExternalData(null, null);
  }

  /// @param folder null when the model came from memory and external data is refused
  /// @param model its file; null when it came from memory
  ExternalData(@Nullable Path folder, @Nullable Path model) {
    this.folder = folder;
    this.model = model;
  }

  /// How much larger the model's file would be with the data inside.
  long missingBytes() {
    return missingBytes;
  }

  /// Adds to [#missingBytes].
  void count(long bytes) {
    missingBytes += bytes;
  }

  /// @param tensor for messages
  /// @param entries `external_data` of the tensor
  /// @param expectedBytes what type and shape need
  MemorySegment read(String tensor, Map<String, String> entries, long expectedBytes) {
    String location = entries.getOrDefault("location", "");
    MemorySegment file = mapped.get(location);
    if (file == null) {
      file = map(tensor, location);
      mapped.put(location, file);
    }
    long offset = number(tensor, entries, "offset", 0);
    long length = number(tensor, entries, "length", expectedBytes);
    if (length != expectedBytes) {
      throw new ModelFormatException(
          "%s: external data has length %d, its type and shape need %d bytes"
              .formatted(tensor, length, expectedBytes));
    }
    if (offset > file.byteSize() || length > file.byteSize() - offset) {
      throw new ModelFormatException(
          "%s: external data '%s' has %d bytes, but %d bytes at offset %d are expected; the file may be truncated"
              .formatted(tensor, location, file.byteSize(), length, offset));
    }
    return file.asSlice(offset, length);
  }

  private MemorySegment map(String tensor, String location) {
    if (folder == null) {
      throw new ModelFormatException(
          "%s: its data is in the file '%s', but the model was read from memory; read the model from its file"
              .formatted(tensor, location));
    }
    Path file = inside(folder, model, tensor, location);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    } catch (IOException e) {
      throw new ModelFormatException(
          "%s: external data '%s' cannot be read: %s".formatted(tensor, location, e.getMessage()),
          e);
    }
  }

  private static String instead(Path file) {
    if (Files.notExists(file)) {
      return "is missing";
    }
    return Files.isDirectory(file)
        ? "is a folder, expected a regular file"
        : "is a pipe or a device, expected a regular file";
  }

  private static Path inside(Path folder, @Nullable Path model, String tensor, String location) {
    try {
      Path relative = Path.of(location);
      Path named = folder.resolve(relative).normalize();
      if (location.isEmpty()
          || relative.isAbsolute()
          || !named.startsWith(folder.normalize())
          || hasParentStep(relative)) {
        throw outside(tensor, location);
      }
      if (!Files.isRegularFile(named)) {
        throw new ModelFormatException(
            "%s: external data '%s' %s in the model's folder"
                .formatted(tensor, location, instead(named)));
      }
      Path real = named.toRealPath();
      boolean besideModel = model != null && real.startsWith(parent(model.toRealPath()));
      if (!real.startsWith(folder.toRealPath()) && !besideModel) {
        throw new ModelFormatException(
            "%s: external data location '%s' is refused: a link leads elsewhere; expected a file inside the model's folder, so copy it there"
                .formatted(tensor, location));
      }
      return real;
    } catch (InvalidPathException | IOException e) {
      throw new ModelFormatException(
          "%s: external data location '%s' cannot be used as a path: %s"
              .formatted(tensor, location, e.getMessage()),
          e);
    }
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    return parent == null ? file : parent;
  }

  private static boolean hasParentStep(Path path) {
    for (Path step : path) {
      if (step.toString().equals("..")) {
        return true;
      }
    }
    return false;
  }

  private static ModelFormatException outside(String tensor, String location) {
    return new ModelFormatException(
        "%s: external data location '%s' is refused; expected a relative path that stays inside the model's folder"
            .formatted(tensor, location));
  }

  private static long number(
      String tensor, Map<String, String> entries, String key, long whenAbsent) {
    String text = entries.get(key);
    if (text == null) {
      return whenAbsent;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw badNumber(tensor, key, text, e);
    }
    throw badNumber(tensor, key, text, null);
  }

  private static ModelFormatException badNumber(
      String tensor, String key, String text, @Nullable NumberFormatException cause) {
    return new ModelFormatException(
        "%s: external data %s is '%s', expected a number of bytes, zero or more"
            .formatted(tensor, key, text),
        cause);
  }
}
