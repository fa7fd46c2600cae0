"""Who manages what: companies, estates with buildings and dwellings, contracts, managers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, new_public_id

ESTATE_KINDS = ("commercial", "village", "old", "public", "other")


class PropertyCompany(Base):
    """A property-management company, kept in ``area_id`` and known there and below; ``uscc`` is its unified social
    credit code (GB 32100)."""

    __tablename__ = "property_company"
    __table_args__ = (UniqueConstraint("area_id", "uscc"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # The import that brought it, so that it can be taken back with it.
    import_id: Mapped[int | None] = mapped_column(ForeignKey("property_import.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(100))
    phone: Mapped[str] = mapped_column(String(40), default="")
    closed_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class PropertyEstate(Base):
    """An estate of a community; ``households`` as reported, for where dwellings are not listed one by one."""

    __tablename__ = "property_estate"
    __table_args__ = (UniqueConstraint("area_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # The import that brought it, so that it can be taken back with it.
    import_id: Mapped[int | None] = mapped_column(ForeignKey("property_import.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    place: Mapped[str] = mapped_column(String(200), default="")
    households: Mapped[int | None] = mapped_column(Integer)
    closed_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class PropertyBuilding(Base):
    """A building of an estate."""

    __tablename__ = "property_building"
    __table_args__ = (UniqueConstraint("estate_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # The import that brought it, so that it can be taken back with it.
    import_id: Mapped[int | None] = mapped_column(ForeignKey("property_import.id"), index=True)
    estate_id: Mapped[int] = mapped_column(ForeignKey("property_estate.id"))
    name: Mapped[str] = mapped_column(String(40))


class PropertyDwelling(Base):
    """A dwelling, "2-1802" of its building; ``unsold`` ones are the developer's and have no say."""

    __tablename__ = "property_dwelling"
    __table_args__ = (
        UniqueConstraint("building_id", "number"),
        Index("ix_property_dwelling_estate", "estate_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # The import that brought it, so that it can be taken back with it.
    import_id: Mapped[int | None] = mapped_column(ForeignKey("property_import.id"), index=True)
    estate_id: Mapped[int] = mapped_column(ForeignKey("property_estate.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("property_building.id"))
    number: Mapped[str] = mapped_column(String(20))
    unsold: Mapped[bool] = mapped_column(Boolean, default=False)
    closed_on: Mapped[date | None]


class PropertyContract(Base):
    """A company manages an estate ``from_on`` to ``to_on`` (None: still), both inside."""

    __tablename__ = "property_contract"
    __table_args__ = (
        Index("ix_property_contract_estate", "estate_id", "from_on"),
        Index("ix_property_contract_company", "company_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # The import that brought it, so that it can be taken back with it.
    import_id: Mapped[int | None] = mapped_column(ForeignKey("property_import.id"), index=True)
    estate_id: Mapped[int] = mapped_column(ForeignKey("property_estate.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("property_company.id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    document_no: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class PropertyCompanyAccount(Base):
    """An account that acts for a company, from ``from_on`` to ``to_on`` (None: still), both inside."""

    __tablename__ = "property_company_account"
    __table_args__ = (Index("ix_property_company_account", "account_id", "company_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # Without a foreign key, like every account that is remembered: erasing its holder takes the account away.
    account_id: Mapped[int] = mapped_column(Integer)
    company_id: Mapped[int] = mapped_column(ForeignKey("property_company.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    linked_at: Mapped[datetime]
    linked_by: Mapped[str] = mapped_column(String(100))


class PropertyManager(Base):
    """Who manages an estate for its company, ``from_on`` to ``to_on`` (None: still), both inside.

    A name that stands on notices of the estate, no person of the roster; ``ended_reason`` says why somebody was
    replaced, "" otherwise.
    """

    __tablename__ = "property_manager"
    __table_args__ = (
        Index("ix_property_manager_estate", "estate_id", "from_on"),
        Index("ix_property_manager_company", "company_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    # The import that brought it, so that it can be taken back with it.
    import_id: Mapped[int | None] = mapped_column(ForeignKey("property_import.id"), index=True)
    estate_id: Mapped[int] = mapped_column(ForeignKey("property_estate.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("property_company.id"))
    name: Mapped[str] = mapped_column(String(40))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class PropertyImport(Base):
    """A sheet of estates, dwellings and contracts: looked over, then applied, dropped, or taken back after all.

    ``rows`` are what was read (compressed JSON, names of owners in it) until the sheet is applied or dropped, or a week
    old; ``counts`` is JSON: how many things of each table it brought, and which columns and rows were not read.
    """

    __tablename__ = "property_import"
    __table_args__ = (Index("ix_property_import_area", "area_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(10))
    rows: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    counts: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    finished_at: Mapped[datetime | None]
