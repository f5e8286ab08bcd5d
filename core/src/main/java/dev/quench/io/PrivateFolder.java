// SPDX-License-Identifier: Apache-2.0
package dev.quench.io;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;

/// A folder that only its owner, the user of this process, can enter: for engines and native
/// libraries, which are code. A folder into which others can write would let them run theirs in
/// this process.
public final class PrivateFolder {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private PrivateFolder() {}

  /// Creates the folder with mode 0700, or checks an existing one.
  ///
  /// @return its real path
  /// @throws IOException if it is a file, belongs to another user, or lets others in
  public static Path open(Path folder) throws IOException {
    Path absolute = folder.toAbsolutePath().normalize();
    if (!Files.exists(absolute, LinkOption.NOFOLLOW_LINKS)) {
      create(absolute);
    }
    if (!Files.isDirectory(absolute)) {
      throw new IOException(folder + " is not a folder; name one or remove it");
    }
    Path real = absolute.toRealPath();
    PosixFileAttributes attributes = Files.readAttributes(real, PosixFileAttributes.class);
    UserPrincipal user = user(real);
    if (!attributes.owner().equals(user)) {
      throw new IOException(
          "%s belongs to %s, but its content is run as code: expected a folder that belongs to %s"
              .formatted(folder, attributes.owner().getName(), user.getName()));
    }
    if (!attributes.permissions().equals(OWNER_ONLY)) {
      throw new IOException(
          "%s has permissions %s, but its content is run as code: only its owner may enter it; run chmod 700 on it"
              .formatted(folder, PosixFilePermissions.toString(attributes.permissions())));
    }
    return real;
  }

  private static void create(Path folder) throws IOException {
    Path parent = folder.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (FileAlreadyExistsException e) {
      // Another process made it meanwhile; it is checked like any other.
    }
  }

  /// The user that files of this process belong to.
  private static UserPrincipal user(Path folder) throws IOException {
    Path self = Path.of("/proc/self");
    return Files.exists(self)
        ? Files.getOwner(self)
        : folder
            .getFileSystem()
            .getUserPrincipalLookupService()
            .lookupPrincipalByName(System.getProperty("user.name"));
  }
}
