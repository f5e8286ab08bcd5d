// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.data.image.ImageDataset;
import dev.quench.data.image.Preprocessing;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.SkippedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds labelled images in a folder. Names are compared by code unit, so the order is the same
/// everywhere. Hidden files are skipped, files of other kinds are listed.
public final class ImageFolder {
  private ImageFolder() {}

  /// Opens a folder of images without labels, or a folder with a sub-folder for each class.
  ///
  /// The index of a class is the line of its folder's name in `classes.txt` of the folder, if that
  /// file exists; else the name if all names are numbers; else its position in the sorted names.
  ///
  /// @param inputName the model's input that takes the images
  /// @throws IOException if the folder cannot be read
  /// @throws DataException if the folder has no image, an empty class, or a class that is not
  ///   listed
  public static ImageDataset open(Path folder, Preprocessing preprocessing, String inputName)
      throws IOException {
    return open(folder, preprocessing, inputName, ModelClasses.UNKNOWN, false);
  }

  /// As [#open(Path, Preprocessing, String)], with classes matched by name if the model names its
  /// classes. If they do not match, the data have no labels and give the reason.
  ///
  /// @param shifted whether the user gave an offset of the indices, so the data may have more or
  ///   fewer classes
  public static ImageDataset open(
      Path folder,
      Preprocessing preprocessing,
      String inputName,
      ModelClasses model,
      boolean shifted)
      throws IOException {
    FolderFiles found = FolderFiles.of(folder);
    List<Path> classes = FolderFiles.folders(folder);
    List<String> listed = NameList.classes(folder);
    List<LabelledFile> files = new ArrayList<>();
    if (!found.images().isEmpty()) {
      for (Path subfolder : classes) {
        if (!FolderFiles.of(subfolder).images().isEmpty()) {
          throw new DataException(
              "%s holds images itself and more in %s; put all into one folder a class, or all into one folder"
                  .formatted(folder, subfolder.getFileName()));
        }
      }
      for (Path file : found.images()) {
        files.add(new LabelledFile(file, new LabelledFile.Label.None()));
      }
      return ImageDataset.of(
          folder.toString(),
          new LabelledFiles(files, listed),
          preprocessing,
          inputName,
          found.others());
    }
    ClassList.Labelled labels =
        new ClassList(
                folder.toString(),
                classes.stream().map(FolderFiles::name).toList(),
                listed,
                model,
                shifted)
            .labelled(folder);
    List<SkippedFile> others = new ArrayList<>(found.others());
    for (int place = 0; place < classes.size(); place++) {
      Path subfolder = classes.get(place);
      FolderFiles ofClass = FolderFiles.of(subfolder);
      others.addAll(ofClass.others());
      if (ofClass.images().isEmpty()) {
        throw new DataException(
            subfolder
                + " holds no images; fill or remove it: each sub-folder is a class"
                + ofClass.hint());
      }
      for (Path image : ofClass.images()) {
        files.add(new LabelledFile(image, labels.label(place)));
      }
    }
    if (files.isEmpty() && !found.others().isEmpty()) {
      throw new DataException(folder + ": expected images, found none" + found.hint());
    }
    return ImageDataset.of(
        folder.toString(),
        new LabelledFiles(files, labels.classNames(), labels.match().problem()),
        preprocessing,
        inputName,
        others);
  }

  /// Opens a list of images with the class of each, by number or by name. Numbers are indices;
  /// names are mapped to indices like those of class folders.
  ///
  /// @param list CSV or text; an optional `classes.txt` lies beside it
  /// @param images the folder that file names are relative to; that of the list if empty
  /// @throws IOException if the list cannot be read
  /// @throws DataException naming the line that cannot be parsed or names no file of the folder
  public static ImageDataset openList(
      Path list,
      Optional<Path> images,
      Preprocessing preprocessing,
      String inputName,
      ModelClasses model,
      boolean shifted)
      throws IOException {
    Path folder = list.toAbsolutePath().normalize().resolveSibling("");
    LabelList read = LabelList.read(list);
    List<String> names =
        read.entries().stream().map(LabelList.Entry::label).distinct().sorted().toList();
    ClassList.Labelled labels =
        new ClassList(list.toString(), names, NameList.classes(folder), model, shifted)
            .labelled(folder);
    List<LabelledFile> files = new ArrayList<>();
    for (LabelList.Entry entry : read.entries()) {
      files.add(
          new LabelledFile(
              within(entry.where(), images.orElse(folder), entry.image()),
              labels.label(Collections.binarySearch(names, entry.label()))));
    }
    return ImageDataset.of(
        list.toString(),
        new LabelledFiles(files, labels.classNames(), labels.match().problem()),
        preprocessing,
        inputName);
  }

  /// Opens `images/` and `masks/` of a folder: a mask has the name of its image except for the
  /// suffix, and its size. An optional `classes.txt` holds the names of the classes, one per line.
  ///
  /// @param inputName the model's input that takes the images
  /// @throws IOException if the folder cannot be read
  /// @throws DataException if the folder has no image, or an image or mask has no counterpart
  public static ImageDataset openSegmentation(
      Path folder, Preprocessing preprocessing, String inputName) throws IOException {
    FolderFiles found = FolderFiles.of(folder.resolve("images"));
    FolderFiles foundMasks = FolderFiles.of(folder.resolve("masks"));
    List<Path> images = found.images();
    List<Path> masks = foundMasks.images();
    List<LabelledFile> files = new ArrayList<>();
    int mask = 0;
    for (Path image : images) {
      if (mask < masks.size()
          && FolderFiles.stem(masks.get(mask)).compareTo(FolderFiles.stem(image)) < 0) {
        throw new DataException(masks.get(mask) + " has no image of its name in images/");
      }
      if (mask == masks.size()
          || !FolderFiles.stem(masks.get(mask)).equals(FolderFiles.stem(image))) {
        throw new DataException(
            "%s has no mask; expected masks/%s.png".formatted(image, FolderFiles.stem(image)));
      }
      files.add(new LabelledFile(image, new LabelledFile.Label.MaskIn(masks.get(mask))));
      mask++;
    }
    if (mask < masks.size() && !images.isEmpty()) {
      throw new DataException(masks.get(mask) + " has no image of its name in images/");
    }
    return ImageDataset.of(
        folder.toString(),
        new LabelledFiles(files, NameList.classes(folder)),
        preprocessing,
        inputName,
        Stream.concat(found.others().stream(), foundMasks.others().stream()).toList());
  }

  /// Opens a list of images with the text in each: lines `image<TAB>text` in UTF-8, where the path
  /// of an image is relative to the folder of the list.
  ///
  /// @param list such a file, or a folder with one named `labels.txt`
  /// @param inputName the model's input that takes the images
  /// @throws IOException if the list cannot be read
  /// @throws DataException naming the line that has another form or names no file of the folder
  public static ImageDataset openTexts(Path list, Preprocessing preprocessing, String inputName)
      throws IOException {
    Path file = Files.isDirectory(list) ? list.resolve("labels.txt") : list;
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          file + ": no such file; expected lines of an image, a tab and its text");
    }
    Path folder = file.toAbsolutePath().normalize().resolveSibling("");
    List<LabelledFile> files = new ArrayList<>();
    int number = 0;
    for (String line : NameList.lines(file)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      int tab = line.indexOf('\t');
      String where = file + " line " + number;
      if (tab <= 0) {
        throw new DataException(where + ": expected an image, a tab and its text");
      }
      Path image = within(where, folder, line.substring(0, tab));
      files.add(new LabelledFile(image, new LabelledFile.Label.Text(line.substring(tab + 1))));
    }
    return ImageDataset.of(
        file.toString(), new LabelledFiles(files, List.of()), preprocessing, inputName);
  }

  /// Resolves a file name from a list; the file must lie in the folder.
  ///
  /// @throws DataException if it leads out of the folder, or the file does not exist
  static Path within(String where, Path folder, String name) {
    Path root = folder.toAbsolutePath().normalize();
    Path file;
    try {
      file = root.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new DataException(where + ": expected a file name, got '" + name + "'", e);
    }
    if (!file.startsWith(root)) {
      throw new DataException(where + ": '" + name + "' leads out of the folder " + root);
    }
    if (!Files.isRegularFile(file)) {
      throw new DataException(where + ": no file '" + name + "' in " + root);
    }
    return file;
  }
}
